"""Credentials in the query: what the processor needs of them is in the metadata, and the query goes on without them.

A script does it, because Envoy's own ways (`query_parameter_mutations`, and `forward: false` of a token's parameter)
decode the whole query and write it back as it is then: `%0d%0a` in it would end the request line of an HTTP/1 upstream.
The script leaves everything else as it was sent, to the byte. Like Envoy it decodes names, so that none hides in `%74icket`.
"""

from collections.abc import Iterable

from envoy_data_plane.envoy.config.core.v3 import DataSource
from envoy_data_plane.envoy.extensions.filters.http.lua.v3 import Lua, LuaPerRoute
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpFilter

from envoy.names import QUERY_TOKEN
from envoy.parts import http_filter
from ext_proc.tickets import PARAMETER
from ext_proc.wire import NAMESPACE, TICKET_KEY

QUERY = "envoy.filters.http.lua"
TOKEN, TICKET = "token", "token-and-ticket"

SCRIPT = """
local secret = {%(secret)s}
local function decoded(text)
  return (text:gsub("%%%%(%%x%%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end
function envoy_on_request(handle)
  local path = handle:headers():get(":path")
  local query = path:find("?", 1, true)
  if not query then return end
  local kept, found = {}, false
  for pair in path:sub(query + 1):gmatch("[^&]+") do
    local name, value = pair:match("^([^=]*)=?(.*)$")
    name = decoded(name)
    if not secret[name] then
      kept[#kept + 1] = pair
    else
      if name == "%(ticket)s" then handle:streamInfo():dynamicMetadata():set("%(namespace)s", "%(key)s", value) end
      found = true
    end
  end
  if found then
    local rest = table.concat(kept, "&")
    handle:headers():replace(":path", path:sub(1, query - 1) .. (rest == "" and "" or "?" .. rest))
  end
end
"""


def query_filter() -> HttpFilter:
    """The filter; it works on routes that say so with `credentials_removed`, and on no other."""
    scripts = {TOKEN: _script([QUERY_TOKEN]), TICKET: _script([QUERY_TOKEN, PARAMETER])}
    return http_filter(QUERY, Lua(source_codes=scripts, clear_route_cache=False), disabled=True)


def credentials_removed(*, ticket: bool) -> LuaPerRoute:
    """What a route says that takes a token from the query, or has an upstream to keep one from; or that takes tickets."""
    return LuaPerRoute(name=TICKET if ticket else TOKEN)


def _script(secret: Iterable[str]) -> DataSource:
    named = ", ".join(f'["{name}"] = true' for name in secret)
    text = SCRIPT % {"secret": named, "ticket": PARAMETER, "namespace": NAMESPACE, "key": TICKET_KEY}
    return DataSource(inline_string=text)
