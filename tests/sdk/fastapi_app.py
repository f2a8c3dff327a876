"""An API under FastAPI whose telemetry is the official SDK's, as its README says. Served by uvicorn."""

from fastapi import FastAPI, Request, Response
from malti_telemetry.middleware import MaltiMiddleware

app = FastAPI()
app.add_middleware(MaltiMiddleware)


@app.get("/users/{user_id}")
async def user(user_id: int):
    return {"user": user_id}


@app.post("/orders")
async def order(request: Request):
    request.state.malti_context = (await request.body()).decode()
    return Response(status_code=201)


@app.get("/broken")
async def broken():
    return Response(status_code=500)
