"""The Bot API over HTTP: `/bot<token>/<method>` and the bot's files."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from bot.standin import (
    methods_bot,
    methods_chats,
    methods_inline,
    methods_messages,
    methods_updates,
)
from bot.standin.calls import Call, CallLog, Method
from bot.standin.faults import Fault, Faults, FloodLimits
from bot.standin.parameters import Parameters, read_parameters
from bot.standin.refusals import Refusal, not_found, too_many_requests, unauthorized
from bot.standin.state import State

# Methods have one spelling here and any case in a request.
METHODS: dict[str, tuple[str, Method]] = {
    name.lower(): (name, method)
    for module in (methods_bot, methods_chats, methods_inline, methods_messages, methods_updates)
    for name, method in module.METHODS.items()
}
MAX_SILENCE = 600.0
GATEWAY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


@dataclass(slots=True)
class BotApi:
    """Answers the bot. What people do arrives elsewhere and only shares the state."""

    state: State
    faults: Faults
    flood: FloodLimits
    log: CallLog
    http: aiohttp.ClientSession
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One call: `/bot<token>/<method>`."""
        name, method = METHODS.get(request.match_info["method"].lower(), ("", _unknown_method))
        name = name or request.match_info["method"]
        parameters = Parameters()
        try:
            self._check_token(request)
            parameters = await read_parameters(request)
            fault = self.faults.take(name, parameters.text("chat_id"))
            if fault is not None:
                result = await self._faulty(request, fault, name, method, parameters)
            else:
                result = await self._carry_out(name, method, parameters)
        except Refusal as refusal:
            self.log.add(self.state.now(), name, parameters, refusal.status, refusal.answer())
            return _refused(refusal)
        body = {"ok": True, "result": result}
        self.log.add(self.state.now(), name, parameters, 200, body)
        return web.json_response(body)

    def _check_token(self, request: web.Request) -> None:
        if request.match_info["token"] == self.state.bot.token:
            return
        looks_right = request.match_info["token"].partition(":")
        raise unauthorized() if looks_right[0].isdecimal() and looks_right[1] else not_found()

    async def _carry_out(self, name: str, method: Method, parameters: Parameters) -> Any:
        if name.startswith(("send", "edit")) and name != "sendChatAction":
            retry_after = self.flood.wait(parameters.integer("chat_id"))
            if retry_after:
                raise too_many_requests(retry_after)
        result = await method(Call(self.state, name, parameters))
        await self.deliver()
        return result

    async def deliver(self) -> None:
        """Sends waiting updates to the bot's webhook, if it has one."""
        if self.state.webhook is not None:
            await self.state.webhook.deliver(self.state.updates, self.http)

    async def _faulty(
        self,
        request: web.Request,
        fault: Fault,
        name: str,
        method: Method,
        parameters: Parameters,
    ) -> Any:
        """Lets the armed fault happen to this call."""
        result = await self._carry_out(name, method, parameters) if fault.apply else None
        if fault.error_code == "slow":
            await self._silence(fault.seconds)
            return result
        if fault.error_code == "html":
            self.log.add(self.state.now(), name, parameters, 502, GATEWAY_PAGE)
            raise web.HTTPBadGateway(text=GATEWAY_PAGE, content_type="text/html")
        if fault.error_code not in ("timeout", "reset"):
            raise fault.refusal()
        if fault.error_code == "timeout":
            await self._silence(MAX_SILENCE)
        if request.transport is not None:
            request.transport.abort()
        raise Refusal(499, f"No answer: {fault.error_code}")

    async def _silence(self, seconds: float) -> None:
        """Lets time pass, but not beyond the end of the server."""
        try:
            async with asyncio.timeout(seconds):
                await self.closing.wait()
        except TimeoutError:
            return

    async def file(self, request: web.Request) -> web.StreamResponse:
        """A file for the bot: `/file/bot<token>/<path>`."""
        try:
            self._check_token(request)
            stored = self.state.files.by_path(request.match_info["path"])
            if stored is None:
                raise not_found()
        except Refusal as refusal:
            return _refused(refusal)
        return web.Response(body=stored.content, content_type="application/octet-stream")


async def _unknown_method(_call: Call) -> Any:
    raise not_found("Not Found: method not found")


def _refused(refusal: Refusal) -> web.Response:
    headers = {}
    if "retry_after" in refusal.parameters:
        headers["Retry-After"] = str(refusal.parameters["retry_after"])
    return web.json_response(refusal.answer(), status=refusal.status, headers=headers)
