"""domains and domainAliases, list and get; customers.get."""

from typing import Any

from sandbox.google.directory.access import require_own_customer
from sandbox.google.directory.call import Answer, Call
from sandbox.google.directory.directory import Directory
from sandbox.google.directory.refusals import domain_not_found
from sandbox.google.directory.user_resource import content_etag
from sandbox.google.world import Domain


def list_domains(_: Directory, call: Call) -> Answer:
    """GET customer/{customer}/domains: primary and secondary, no pages."""
    require_own_customer(call, call.path["customer"])
    domains = [_domain(domain) for domain in call.customer.domains]
    return _list("domains", domains)


def get_domain(_: Directory, call: Call) -> Answer:
    """GET customer/{customer}/domains/{domainName}."""
    require_own_customer(call, call.path["customer"])
    wanted = call.path["domainName"].lower()
    for domain in call.customer.domains:
        if domain.name.lower() == wanted:
            return Answer(_domain(domain))
    raise domain_not_found()


def list_domain_aliases(_: Directory, call: Call) -> Answer:
    """GET customer/{customer}/domainaliases[?parentDomainName=]."""
    require_own_customer(call, call.path["customer"])
    parent = call.param("parentDomainName").lower()
    if parent and parent not in {domain.name.lower() for domain in call.customer.domains}:
        raise domain_not_found()
    chosen = [domain for domain in call.customer.domains if parent in {"", domain.name.lower()}]
    return _list("domainAliases", [alias for domain in chosen for alias in _aliases(domain)])


def get_domain_alias(_: Directory, call: Call) -> Answer:
    """GET customer/{customer}/domainaliases/{domainAliasName}."""
    require_own_customer(call, call.path["customer"])
    wanted = call.path["domainAliasName"].lower()
    for alias in (alias for domain in call.customer.domains for alias in _aliases(domain)):
        if alias["domainAliasName"].lower() == wanted:
            return Answer(alias)
    raise domain_not_found()


def get_customer(_: Directory, call: Call) -> Answer:
    """GET customers/{customerKey}."""
    require_own_customer(call, call.path["customerKey"])
    customer = call.customer
    resource: dict[str, Any] = {
        "kind": "admin#directory#customer",
        "id": customer.id,
        "customerDomain": customer.primary_domain,
        "customerCreationTime": customer.creation_time,
        "alternateEmail": f"owner@{customer.primary_domain}.invalid",
        "language": "en",
        "postalAddress": {"organizationName": customer.name, "countryCode": "GB"},
    }
    return Answer(resource | {"etag": content_etag(resource)})


def _list(kind: str, items: list[dict[str, Any]]) -> Answer:
    answer: dict[str, Any] = {"kind": f"admin#directory#{kind}", "etag": content_etag({kind: items})}
    return Answer(answer | ({kind: items} if items else {}))


def _domain(domain: Domain) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "kind": "admin#directory#domain",
        "domainName": domain.name,
        "isPrimary": domain.is_primary,
        "verified": domain.verified,
        "creationTime": str(domain.creation_time_ms),
    }
    resource |= {"domainAliases": _aliases(domain)} if domain.aliases else {}
    return resource | {"etag": content_etag(resource)}


def _aliases(domain: Domain) -> list[dict[str, Any]]:
    shown = []
    for name in domain.aliases:
        resource = {
            "kind": "admin#directory#domainAlias",
            "domainAliasName": name,
            "parentDomainName": domain.name,
            "verified": domain.verified,
            "creationTime": str(domain.creation_time_ms),
        }
        shown.append(resource | {"etag": content_etag(resource)})
    return shown
