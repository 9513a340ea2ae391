"""For whom an installed app is switched on. Pure."""

from sandbox.google.world import Customer, User


def is_on(customer: Customer, user: User) -> bool:
    """Did the administrator's install put the app on for this person?"""
    return is_on_at(customer, user.org_unit_path)


def is_on_at(customer: Customer, org_unit_path: str) -> bool:
    """Did it for people directly in this organizational unit? The nearest unit with a setting decides."""
    installation = customer.installation
    if not installation.installed:
        return False
    settings = {"/": installation.everyone}
    settings |= dict.fromkeys(installation.org_units, True)
    settings |= dict.fromkeys(installation.off_org_units, False)
    nearest = max((path for path in settings if contains(path, org_unit_path)), key=len)
    return settings[nearest]


def contains(unit: str, path: str) -> bool:
    """Is the path the unit or below it? Letter case does not matter in paths of organizational units."""
    above = unit.lower().rstrip("/") + "/"
    return (path.lower().rstrip("/") + "/").startswith(above)
