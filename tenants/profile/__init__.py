"""A person's own login: profile, second factors, places signed in, invitations to accept."""
