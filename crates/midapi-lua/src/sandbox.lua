local globals = ...
local collectgarbage, error, load, pcall, rawget, select, setmetatable, type =
  collectgarbage, error, load, pcall, rawget, select, setmetatable, type

for _, name in ipairs { "dofile", "loadfile", "require", "package", "io", "debug" } do
  globals[name] = nil
end

if globals.string then
  globals.string.dump = nil
end

if globals.os then
  local os = globals.os
  globals.os = { clock = os.clock, date = os.date, difftime = os.difftime, time = os.time }
end

function globals.collectgarbage(what)
  if what ~= "count" then
    error("collectgarbage takes \"count\" only in a sandbox", 2)
  end
  return collectgarbage "count"
end

-- A finaliser that is put into a metatable later is never called.
function globals.setmetatable(value, metatable)
  if type(metatable) == "table" and rawget(metatable, "__gc") ~= nil then
    error("__gc is not allowed in a sandbox", 2)
  end
  return setmetatable(value, metatable)
end

function globals.load(chunk, name, _, ...)
  if select("#", ...) > 0 then
    return load(chunk, name, "t", (...))
  end
  return load(chunk, name, "t")
end

local function explained(handler, fine, ...)
  if fine then
    return fine, ...
  end
  return fine, handler(...)
end

function globals.xpcall(body, handler, ...)
  return explained(handler, pcall(body, ...))
end

-- What ends a coroutine with its time leaves it without hooks, and closing it then would run its `__close` for ever: so pcall ends
-- it, inside, where the hooks are back.
if globals.coroutine then
  local coroutine = globals.coroutine
  local close, create, resume, running = coroutine.close, coroutine.create, coroutine.resume, coroutine.running
  local failures = setmetatable({}, { __mode = "k" })

  local function ended(fine, ...)
    if not fine then
      failures[running()] = { (...) }
    end
    return ...
  end

  local function protected(body)
    if type(body) ~= "function" then
      error("a coroutine has to be a function, not " .. type(body), 3)
    end
    return create(function(...)
      return ended(pcall(body, ...))
    end)
  end

  local function resumed(co, fine, ...)
    return fine and not failures[co], ...
  end

  local function unwrapped(fine, ...)
    if not fine then
      error((...), 0)
    end
    return ...
  end

  function coroutine.create(body)
    return protected(body)
  end

  function coroutine.resume(co, ...)
    return resumed(co, resume(co, ...))
  end

  function coroutine.wrap(body)
    local co = protected(body)
    return function(...)
      return unwrapped(resumed(co, resume(co, ...)))
    end
  end

  function coroutine.close(co)
    local failure = failures[co]
    if failure then
      failures[co] = nil
      return false, failure[1]
    end
    return close(co)
  end
end
