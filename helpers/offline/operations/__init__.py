"""What each operation does, a module a group; `service.OPERATIONS` names them."""
