"""DynamoDB without a network.

`service` takes one request and gives one answer; `server` does so over HTTP, where `signatures` checks who asks. `forms`
knows each request's shape, `refusal` is every error. Behind them stand three wings, each of which imports only those
after it: `operations` (what each operation does), `tables` (what a table is), `language` (what a request says).
"""
