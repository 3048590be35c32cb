//! Programs that call the REST API or git: command lines and libraries.
