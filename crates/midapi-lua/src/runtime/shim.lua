-- The part of the bridge that is written in Lua. It raises errors that are not userdata, and builds tasks in one call.
local position_level, pending, receive = ...
local error, getmetatable, pcall, rawget, setmetatable, tostring, type =
  error, getmetatable, pcall, rawget, setmetatable, tostring, type

-- Decodes the results of a Rust function (`encode_result`): returns its values or raises its error.
local function decode(succeeded, ...)
  if succeeded then
    return ...
  end
  local err, with_position = ...
  error(err, with_position and position_level or 0)
end

-- Creates the function that scripts call for an async Rust function. The Rust function yields, so it cannot be called
-- through C. `is_alive` returns false if the Rust function may have been freed.
local function wrap_async(inner, is_alive)
  return function(...)
    if not is_alive() then
      error("midapi: the function was called after the garbage collector had finalized it", position_level)
    end
    return decode(inner(...))
  end
end

-- Replaces `coroutine.resume` and `coroutine.wrap`. Coroutines of scripts then forward the yields of async functions to
-- the runtime of the host.
local function forward_pending(coroutine)
  local close, create, resume, yield = coroutine.close, coroutine.create, coroutine.resume, coroutine.yield

  local function forward(co, succeeded, ...)
    if succeeded and (...) == pending then
      return forward(co, resume(co, yield(...)))
    end
    return succeeded, ...
  end

  function coroutine.resume(co, ...)
    return forward(co, resume(co, ...))
  end

  local function unwrap(co, succeeded, ...)
    if succeeded then
      return ...
    end
    if close then
      close(co)
    end
    error((...), type(...) == "string" and 2 or 0)
  end

  function coroutine.wrap(body)
    local co = create(body)
    return function(...)
      return unwrap(co, forward(co, resume(co, ...)))
    end
  end
end

-- An empty function. An interpreter that has received Ctrl-C raises its error in the next Lua function that runs.
local function run_hook() end

local function describe(value)
  local kind = type(value)
  return (kind == "string" or kind == "number") and tostring(value) or kind
end

local task_metatable = {
  __name = "midapi.Task",
  -- Hides this metatable from scripts. All tasks share it, so a script must not change it.
  __metatable = "midapi.Task",
  __tostring = function(task)
    local params = rawget(task, "params")
    local prompt = type(params) == "table" and rawget(params, "prompt")
    prompt = type(prompt) == "string" and " (" .. prompt .. ")" or ""
    return "task " .. describe(rawget(task, "id")) .. ": " .. describe(rawget(task, "status")) .. prompt
  end,
}

local error_metatable = { __name = "midapi.Error", __metatable = "midapi.Error" }

function error_metatable.__tostring(err)
  return describe(rawget(err, "message"))
end

local function concat_operand(value)
  local kind = type(value)
  if kind == "string" or kind == "number" then
    return value
  end
  if kind == "table" and getmetatable(value) == "midapi.Error" then
    return error_metatable.__tostring(value)
  end
  error("attempt to concatenate a " .. kind .. " value", 3)
end

function error_metatable.__concat(left, right)
  return concat_operand(left) .. concat_operand(right)
end

-- Creates the table of a task from its fields. If there is a `batch`, appends id, task and error (nil) to it; otherwise
-- returns the task. One call is faster than a protected call for each field.
local function create_task(
  batch, id, status, task_type, success_flag, param_json, params, error_code, error_message,
  create_time, complete_time, results_expire_time, warnings, result_urls, ...
)
  local task = setmetatable({
    id = id,
    status = status,
    task_type = task_type,
    success_flag = success_flag,
    param_json = param_json,
    params = params,
    error_code = error_code,
    error_message = error_message,
    create_time = create_time,
    complete_time = complete_time,
    results_expire_time = results_expire_time,
    warnings = warnings or {},
    result_urls = result_urls or { ... },
  }, task_metatable)
  if not batch then
    return task
  end
  local last = batch.last
  batch[last + 1], batch[last + 2], batch.last = id, task, last + 3
end

-- Creates the iterator of a batch. `receive` takes the userdata `iteration` and returns a list with three values for each result (id, task or files, and
-- error), or nil at the end.
local function create_iterator(iteration)
  local batch, position, last = nil, 0, 0
  return function()
    if position == last then
      local list = receive(iteration)
      if not list then
        return nil
      end
      batch, position, last = list, 0, list.last
    end
    local first = position + 1
    position = position + 3
    local id, task, err = batch[first], batch[first + 1], batch[position]
    batch[first], batch[first + 1], batch[position] = nil, nil, nil
    return id, task, err
  end
end

return pcall, run_hook, create_task, create_iterator, error_metatable, wrap_async, forward_pending
