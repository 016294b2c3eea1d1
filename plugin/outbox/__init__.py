"""Messages owed to a CRM: enqueued with what caused them, leased, dispatched, settled one by one."""
