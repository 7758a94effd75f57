local globals, check, write = ...
local collectgarbage, error, getmetatable, load, pcall, rawget, select, setmetatable, tostring, type =
  collectgarbage, error, getmetatable, load, pcall, rawget, select, setmetatable, tostring, type

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

-- Hides the metatable of strings. If a script added a `__tostring` to it, that function would run outside of the time
-- limit when the host prints the error of the script.
local strings = getmetatable("")
if strings then
  strings.__metatable = false
end

-- Checks the type of an argument. Raises the same error as the original function, with the position of the call in the
-- script.
local function expect(value, wanted, name, number)
  if type(value) ~= wanted then
    error("bad argument #" .. number .. " to '" .. name .. "' (" .. wanted .. " expected, got " .. type(value) .. ")", 3)
  end
end

function globals.print(...)
  local texts = { ... }
  for position = 1, select("#", ...) do
    texts[position] = tostring(texts[position])
  end
  write(texts)
end

function globals.collectgarbage(what)
  if what ~= "count" then
    error("bad argument #1 to 'collectgarbage' (only 'count' is allowed in a sandbox)", 2)
  end
  return collectgarbage "count"
end

-- Checks for a finalizer only here, because Lua ignores a `__gc` that is added to the metatable later.
function globals.setmetatable(value, metatable)
  expect(value, "table", "setmetatable", 1)
  if metatable ~= nil then
    expect(metatable, "table", "setmetatable", 2)
    if rawget(metatable, "__gc") ~= nil then
      error("__gc is not allowed in a sandbox", 2)
    end
  end
  -- The error of a direct call would begin with a position in this file.
  local fine, result = pcall(setmetatable, value, metatable)
  if not fine then
    error(result, 2)
  end
  return result
end

-- If the stack has no room for the hook that ends the script, Lua raises another error instead. So the limits are
-- checked after each caught error.
local function checked(fine, ...)
  if not fine then
    check()
  end
  return fine, ...
end

function globals.pcall(...)
  if select("#", ...) == 0 then
    error("bad argument #1 to 'pcall' (value expected)", 2)
  end
  return checked(pcall(...))
end

function globals.load(chunk, name, _, ...)
  if type(chunk) ~= "string" then
    expect(chunk, "function", "load", 1)
  end
  if select("#", ...) > 0 then
    return checked(load(chunk, name, "t", (...)))
  end
  return checked(load(chunk, name, "t"))
end

-- Lua would call a message handler inside the hook that ends the script, where no other hook can end the handler. So
-- the handler is called after the failed call.
local function handled(handler, fine, ...)
  if fine then
    return fine, ...
  end
  check()
  return false, (select(2, checked(pcall(handler, (...)))))
end

function globals.xpcall(body, handler, ...)
  expect(handler, "function", "xpcall", 2)
  return handled(handler, pcall(body, ...))
end

-- A coroutine that ends with the error of the time limit has no active hooks, and closing it could run its `__close`
-- without end. So the body of a coroutine runs in a `pcall`, which closes the variables inside the coroutine, where
-- hooks are active again. Each coroutine starts a new count of instructions, so a tree of short coroutines would never
-- reach the hook. So resuming and closing a coroutine check the limits too.
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
    return create(function(...)
      return ended(pcall(body, ...))
    end)
  end

  local function resumed(co, fine, ...)
    return checked(fine and not failures[co], ...)
  end

  local function unwrapped(fine, ...)
    if not fine then
      error((...), 0)
    end
    return ...
  end

  function coroutine.create(body)
    expect(body, "function", "create", 1)
    return protected(body)
  end

  function coroutine.resume(co, ...)
    expect(co, "thread", "resume", 1)
    check()
    return resumed(co, resume(co, ...))
  end

  function coroutine.wrap(body)
    expect(body, "function", "wrap", 1)
    local co = protected(body)
    return function(...)
      check()
      return unwrapped(resumed(co, resume(co, ...)))
    end
  end

  -- In Lua 5.5 and later, a coroutine that closes itself would jump over frames of the host.
  function coroutine.close(co)
    if co == nil or co == running() then
      error("a coroutine cannot close itself in a sandbox", 2)
    end
    expect(co, "thread", "close", 1)
    check()
    local failure = failures[co]
    if failure then
      failures[co] = nil
      return false, failure[1]
    end
    return close(co)
  end
end
