local error, type, xpcall, traceback, level = ...

local function finish(fine, ...)
  if fine then
    return ...
  end
  local what, with_place = ...
  error(what, with_place and level or 0)
end

local function wrap(ours)
  return function(...)
    return finish(ours(...))
  end
end

-- A Rust panic passes through as it is: it would panic again where Rust reads it.
local function explain(err)
  return type(err) == "string" and traceback(err) or err
end

local function protect(callback, value)
  return xpcall(function()
    callback(value)
  end, explain)
end

local function tick() end

return wrap, protect, tick
