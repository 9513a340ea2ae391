"""What columns are called that hold a field, in English, German, French, Spanish, Dutch and Vietnamese. Pure."""

from collections.abc import Mapping

HEADERS: Mapping[str, str] = {
    "first_name": (
        "First|Given name|Given names|Forenames|Student first name|Pupil first name|Preferred first name"
        "|Legal first name|Name.givenName|Forename|Christian name|Vorname|Rufname|Prénom|Nombre|Nombres"
        "|Nombre de pila|Voornaam|Roepnaam|Tên|Tên đệm và tên|Tên gọi"
    ),
    "last_name": (
        "Last|Family name|Family names|Student last name|Pupil last name|Legal last name|Name.familyName|Surname"
        "|Second name|Nachname|Familienname|Zuname|Nom|Nom de famille|Apellido|Apellidos|Primer apellido|Achternaam"
        "|Familienaam|Họ|Họ và tên đệm|Họ đệm"
    ),
    "full_name": (
        "Name|Display name|Student name|Pupil name|Employee name|Vollständiger Name|Voller Name|Vor- und Nachname"
        "|Anzeigename|Nom complet|Nom et prénom|Prénom et nom|Nombre completo|Nombre y apellidos|Volledige naam"
        "|Naam"
    ),
    "full_name_family_first": (
        "Name (family name first)|Nachname Vorname|Name Vorname|Nom Prénom|Apellidos y nombre|Apellidos, nombre"
        "|Achternaam Voornaam|Họ và tên|Họ tên"
    ),
    "username": (
        "User|Login|Login name|Account|Account name|Local part|Benutzername|Benutzer|Anmeldename|Benutzerkennung"
        "|Nom d'utilisateur|Identifiant|Usuario|Nombre de usuario|Gebruikersnaam|Tên đăng nhập|Tên người dùng"
    ),
    "email": (
        "Mail|Mail address|Primary email|Student email|Pupil email|User principal name|Primary address"
        "|Google address|School email|E-Mail-Adresse|Mailadresse|Adresse e-mail|Adresse électronique|Courriel"
        "|Correo|Correo electrónico|Dirección de correo|E-mailadres|Địa chỉ email|Thư điện tử"
    ),
    "password": (
        "Pass|Initial password|First password|Kennwort|Passwort|Startkennwort|Startpasswort|Mot de passe|Contraseña"
        "|Clave|Wachtwoord|Mật khẩu"
    ),
    "password_hash": "Hash function",
    "org_unit": (
        "Org unit path|OU|OU path|Organisational unit|Organizational unit path|Organisational unit path"
        "|Organisationseinheit|Pfad der Organisationseinheit|Unité organisationnelle|Unidad organizativa"
        "|Organisatie-eenheid|Đơn vị tổ chức"
    ),
    "groups": "Group|Google groups|Google group|Gruppe|Gruppen|Groupe|Groupes|Grupo|Grupos|Groep|Groepen|Nhóm",
    "aliases": "Alias|Email alias|Email aliases|Alias d'e-mail|Bí danh",
    "employee_id": (
        "Employee number|Staff ID|Staff number|Student ID|Student number|Pupil ID|Person ID|External ID|SIS ID"
        "|sourcedId|ID|Personalnummer|Schülernummer|Schüler-Nr.|Schüler-ID|Matrikelnummer"
        "|Matricule|Numéro d'élève|Numéro étudiant"
        "|Número de empleado|Matrícula|Número de alumno|Personeelsnummer|Leerlingnummer|Studentnummer|Mã học sinh"
        "|Mã sinh viên|Mã nhân viên"
    ),
    "recovery_email": (
        "Recovery address|Recovery mail|Wiederherstellungs-E-Mail|E-mail de récupération|Correo de recuperación"
        "|Herstel-e-mail|Email khôi phục"
    ),
    "recovery_phone": (
        "Recovery telephone|Recovery phone number|Wiederherstellungstelefon|Téléphone de récupération"
        "|Teléfono de recuperación|Hersteltelefoon|Số điện thoại khôi phục"
    ),
    "home_email": (
        "Home secondary email|Private email|Personal email|E-mail personnel|Correo personal|Privé-e-mail|Email cá nhân"
    ),
    "work_email": "Work secondary email|E-mail professionnel|Correo del trabajo|Werk-e-mail",
    "work_phone": (
        "Phone|Office phone|Telefon|Telefon geschäftlich|Téléphone|Téléphone professionnel|Teléfono"
        "|Teléfono del trabajo|Telefoon|Telefoon werk|Điện thoại"
    ),
    "home_phone": "Private phone|Telefon privat|Téléphone personnel|Teléfono de casa|Telefoon thuis",
    "mobile_phone": (
        "Mobile|Mobile number|Cell|Cell phone|Handy|Handynummer|Mobiltelefon|Mobilnummer|Portable"
        "|Téléphone portable|Móvil|Celular|Mobiel|Mobiele telefoon|Di động"
    ),
    "work_address": "Office address|Adresse geschäftlich|Adresse professionnelle|Dirección del trabajo|Werkadres",
    "home_address": (
        "Address|Private address|Adresse|Anschrift|Adresse privat|Adresse personnelle|Dirección|Domicilio|Adres"
        "|Thuisadres|Địa chỉ"
    ),
    "employee_type": "Type of employee|Art des Mitarbeiters|Type d'employé|Tipo de empleado|Type werknemer",
    "title": (
        "Employee title|Job title|Position|Stelle|Berufsbezeichnung|Fonction|Cargo|Puesto|Functie|Chức vụ|Chức danh"
    ),
    "manager_email": (
        "Manager|Supervisor|Vorgesetzter|E-Mail des Vorgesetzten|Responsable|Supérieur|Jefe|Leidinggevende|Quản lý"
    ),
    "department": "Dept|Abteilung|Département|Service|Departamento|Afdeling|Phòng ban|Khoa",
    "cost_center": "Cost centre|Kostenstelle|Centre de coûts|Centro de coste|Centro de costos|Kostenplaats",
    "building_id": "Building|Gebäude|Bâtiment|Edificio|Gebouw|Tòa nhà",
    "floor_name": "Floor|Stockwerk|Etage|Planta|Piso|Verdieping|Tầng",
    "floor_section": "Section of floor|Bereich|Section d'étage|Sección de planta",
    "change_password": (
        "Must change password|Change password at next login|Kennwort ändern|Passwort ändern"
        "|Passwort bei nächster Anmeldung ändern|Changer le mot de passe|Cambiar contraseña|Wachtwoord wijzigen"
        "|Đổi mật khẩu"
    ),
    "license": "Licence|New licenses|Licenses|Lizenz|Licencia|Licentie",
}
"""By the name of the field, separated by |. Capitals, marks, spaces and what stands in [brackets] do not matter."""
