"""Malti's ingest model under the real FastAPI and pydantic, asked without a socket."""

import asyncio
import json
from datetime import datetime
from typing import List, Optional

from fastapi import FastAPI, HTTPException
from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel


class Record(BaseModel):
    service: str
    node: Optional[str] = None
    method: str
    endpoint: str
    status: int
    response_time: int
    consumer: str
    context: Optional[str] = None
    created_at: Optional[datetime] = None


class Batch(BaseModel):
    requests: List[Record]


class Malti:
    def __init__(self):
        self.app = FastAPI()
        self.records, self.errors = None, None
        self.app.post("/api/v1/ingest")(self.ingest)
        self.app.exception_handler(RequestValidationError)(self.note)

    async def ingest(self, batch: Batch):
        if not batch.requests:
            raise HTTPException(400, "Empty requests array is not allowed")
        self.records = batch.requests
        return {}

    async def note(self, request, error):
        """Keeps what is wrong where FastAPI itself can't write it (NaN, half a surrogate pair)."""
        self.errors = error.errors()
        return await request_validation_exception_handler(request, error)

    def answer(self, body, content_type=b"application/json"):
        """The status, and the text of the answer."""
        self.records, self.errors = None, None
        return asyncio.run(self.ask(body, content_type))

    async def ask(self, body, content_type):
        said = {"status": 500, "body": b""}
        scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
                 "path": "/api/v1/ingest", "raw_path": b"/api/v1/ingest", "query_string": b"", "root_path": "",
                 "headers": [(b"content-type", content_type)], "server": ("malti", 80), "client": ("sdk", 1)}

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            said["status"] = message.get("status", said["status"])
            said["body"] += message.get("body", b"")

        try:
            await self.app(scope, receive, send)
        except Exception:  # the server's 500 has been sent, if anything could be
            said["status"] = 500
        return said["status"], said["body"].decode() if said["status"] != 500 else ""


def in_one_form(text):
    """A JSON text without white space, its members in order."""
    return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
