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
