"""The API version we speak (Summer '26); simple-salesforce's own default is years older."""

API = "67.0"
