"""What tests of this room run against."""
