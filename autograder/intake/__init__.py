"""How repositories, folders and zips that nobody vouches for become submissions."""
