"""The servers, clients and processes that the tests stand on."""
