"""Pages for everybody, signed in or not: support, privacy, terms, data deletion."""

from flask import Blueprint, render_template

from marketplace.erasure.rules import WAITING
from runtime.settings import Settings


def pages_blueprint(settings: Settings) -> Blueprint:
    """Routes under /marketplace that Google's review and customers' lawyers read."""
    blueprint = Blueprint("pages", __name__, url_prefix="/marketplace")

    def support() -> str:
        return render_template("legal/support.html", support_email=settings.support_email)

    def privacy() -> str:
        return render_template("legal/privacy.html", days=WAITING.days)

    def terms() -> str:
        return render_template("legal/terms.html")

    def data_deletion() -> str:
        return render_template("legal/data_deletion.html", support_email=settings.support_email, days=WAITING.days)

    blueprint.add_url_rule("/support", "support", support)
    blueprint.add_url_rule("/privacy", "privacy", privacy)
    blueprint.add_url_rule("/terms", "terms", terms)
    blueprint.add_url_rule("/data-deletion", "data_deletion", data_deletion)
    return blueprint
