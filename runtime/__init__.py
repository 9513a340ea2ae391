"""What the product owes its host; knows neither marketplace nor provisioning."""
