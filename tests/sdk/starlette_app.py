"""The same API under Starlette."""

from malti_telemetry.middleware import MaltiMiddleware
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


async def user(request):
    return JSONResponse({"user": int(request.path_params["user_id"])})


async def order(request):
    request.state.malti_context = (await request.body()).decode()
    return Response(status_code=201)


async def broken(_):
    return Response(status_code=500)


app = Starlette(routes=[Route("/users/{user_id}", user), Route("/orders", order, methods=["POST"]),
                        Route("/broken", broken)])
app.add_middleware(MaltiMiddleware)
