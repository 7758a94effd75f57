-- What the script does wrong raises a text with its place and the argument named, and sends nothing.
local check = require "check"
local equal, raises, test = check.equal, check.raises, check.test
local client = check.client()
local midapi = require "midapi"

-- stylua: ignore
local rows = {
  { "client:get: the id has to be a string, not number", function() client:get(7) end },
  { "client:get: the id has to be a string, not nil", function() client:get() end },
  { "client:get: options have to be a table, not number", function() client:get("done", 5) end },
  { 'client:get: there is no option "tiemout"; did you mean "timeout"?', function() client:get("done", { tiemout = 5 }) end },
  { "an option's name has to be a string, not number", function() client:get("done", { 5 }) end },
  { "timeout has to be a number of seconds, not string", function() client:get("done", { timeout = "long" }) end },
  { "timeout has to be a number of seconds, not -1", function() client:get("done", { timeout = -1 }) end },
  { "retries has to be a whole number from 0 on, not 1.5", function() client:get("done", { retries = 1.5 }) end },
  { "on_update has to be a function, not number", function() client:wait("done", { on_update = 5 }) end },
  { "rate has to be a number above 0, not 0", function() client:get_all({}, { rate = 0 }) end },
  { "max_in_flight has to be a whole number from 1 on, not 0", function() client:get_all({}, { max_in_flight = 0 }) end },
  { "fail_fast has to be true or false, not string", function() client:wait_all({}, { fail_fast = "yes" }) end },
  { "client:wait_all: the ids have to be a list, not string", function() client:wait_all("done") end },
  { "the ids have to be a list, not a table with other keys", function() client:wait_all { id = "done" } end },
  { "client:get_all: the id has to be a string, not number", function() client:get_all { 1 } end },
  { "client:get: it is a method of a client: call it with a colon", function() client.get("done") end },
  { 'midapi.client: there is no option "key"; did you mean "api_key"?', function() midapi.client { key = "x" } end },
  { "midapi.client: api_key has to be a string, not boolean", function() midapi.client { api_key = true } end },
}

for _, row in ipairs(rows) do
  test(row[1], function()
    local text = raises(row[1], row[2])
    equal(text:find("misuse.lua:", 1, true) ~= nil, true, "the place of the call is named: " .. text)
  end)
end
