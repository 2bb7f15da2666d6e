"""The migrations that are checked in make the tables the models describe."""

from django.core.management import call_command


def test_no_model_has_changed_without_a_migration(db: None) -> None:
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)


def test_the_settings_are_sound(db: None) -> None:
    call_command("check", fail_level="WARNING")
