"""What a person types, pastes or marks → changes."""
