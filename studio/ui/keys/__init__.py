"""Commands and the keys that give them; help and palette are made of them."""
