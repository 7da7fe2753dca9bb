"""Rooms that only answer that they are there: a house can be opened, killed and repaired around them in seconds.
They keep nothing and hear nothing.
"""

from pathlib import Path

SERVE = """
import http.server, os, signal, sys

def serve(address, path):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            ready = self.path == path
            self.send_response(200 if ready else 404)
            self.end_headers()
            self.wfile.write(b"ready" if ready else b"no")
        def log_message(self, *words):
            pass
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    host, _, port = address.partition(":")
    http.server.ThreadingHTTPServer((host, int(port)), Handler).serve_forever()
"""
ROOM = """
import os, sys
from serving import serve
room, half = sys.argv[0].split("/")[-2], sys.argv[1]
if half == "migrate":
    print("migrated", os.environ["SPIS_" + room.upper() + "_OWNER_DB"].count("_owner"))
elif half == "api":
    serve(os.environ["SPIS_" + room.upper() + "_API"], "/" + room + "/readyz")
elif half == "worker":
    serve(os.environ["SPIS_" + room.upper() + "_WORKER"], "/readyz")
else:
    print(half, *sys.argv[2:])
"""
ISSUER = """
import os
from serving import serve
serve(os.environ["SPIS_ISSUER_LISTEN"], "/id/healthz")
"""


def build(folder: Path, rooms: tuple[str, ...] = ("intake",)) -> Path:
    """Write a code folder of pretend rooms, a pretend issuer and an errand that makes no topic."""
    modules = {
        "serving.py": SERVE,
        "services/__init__.py": "",
        "services/bus/__init__.py": "",
        "services/bus/topics.py": "print('no topics')",
        "services/security/__init__.py": "",
        "deploy/house/issuer.py": ISSUER,
    }
    modules |= {f"{room}/__init__.py": "" for room in rooms} | {f"{room}/__main__.py": ROOM for room in rooms}
    for name, text in modules.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
