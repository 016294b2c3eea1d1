"""What every faithful CRM of ours is built from: a socket, a clock, routes, faults, counts. Knows no CRM."""
