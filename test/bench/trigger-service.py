"""Stand-in for the trigger service that the gateway replaces: Basic auth, JSON, base64, one process per event.

Only the standard library, so that it needs no installation; FastAPI with uvicorn does more for each request.
Usage: trigger-service.py PORT USER PASSWORD PROGRAM [ARGUMENT...]; the program reads the event's XML from its standard input.
"""

import base64
import hmac
import json
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT, USER, PASSWORD, *COMMAND = sys.argv[1:]
EXPECTED = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


class TriggerService(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body are two writes: without this each answer waits 40 ms for an acknowledgement.
    disable_nagle_algorithm = True

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if not hmac.compare_digest(self.headers.get("authorization", ""), EXPECTED):
            self.answer(401, {"detail": "Invalid credentials"})
            return
        xml = base64.b64decode(body["ticket_info"])
        done = subprocess.run([*COMMAND, body["event"]], input=xml, capture_output=True, check=False)
        error = None
        if done.returncode != 0:
            error = {"output": done.stderr.decode(), "returnCode": done.returncode}
        self.answer(200, {"output": done.stdout.decode(), "error": error})

    def answer(self, status, value):
        text = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(PORT)), TriggerService).serve_forever()
