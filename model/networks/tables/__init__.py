"""Small tables that networks read: the atom features of CGCNN."""
