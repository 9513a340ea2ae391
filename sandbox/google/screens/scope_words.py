"""What a scope allows, in words that an administrator can judge."""

WORDS = {
    "openid": "Know who you are",
    "email": "See your e-mail address",
    "profile": "See your name and picture",
    "admin.directory.user": "See, create and change the users of your domain",
    "admin.directory.user.readonly": "See the users of your domain",
    "admin.directory.group": "See, create and change the groups of your domain",
    "admin.directory.group.readonly": "See the groups of your domain",
    "admin.directory.group.member": "See and change who is a member of the groups of your domain",
    "admin.directory.group.member.readonly": "See who is a member of the groups of your domain",
    "admin.directory.orgunit.readonly": "See the organizational units of your domain",
    "admin.directory.domain.readonly": "See the domains of your organization",
    "admin.directory.customer.readonly": "See the customer record of your organization",
    "apps.licensing": "See, give and take licenses of your domain",
    "gmail.send": "Send mail on your behalf",
}


def in_words(scopes: list[str]) -> list[tuple[str, str]]:
    """Each scope with its meaning; a scope that we have no words for explains itself by its name."""
    return [(scope, WORDS.get(scope.rsplit("/", 1)[-1], scope)) for scope in scopes]
