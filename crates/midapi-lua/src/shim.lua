local error, setmetatable, type, xpcall, traceback, level, metatable = ...

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

-- A task, made in one call instead of one for each field, of which each would have to be protected. Goes into a list of
-- answers (id, task and error after one another) if there is one.
local function task(
  answers, id, status, task_type, success_flag, param_json, params, error_code, error_message,
  create_time, complete_time, results_expire_time, warnings, result_urls, ...
)
  local made = setmetatable({
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
  }, metatable)
  if not answers then
    return made
  end
  local last = answers.last
  answers[last + 1], answers[last + 2], answers.last = id, made, last + 3
end

-- The iterator over lists of answers, which are asked for one after the other: what is there already never leaves Lua.
local function each(more)
  local answers, at, last = nil, 0, 0
  return function()
    if at == last then
      local fine, what, with_place = more()
      if not fine then
        error(what, with_place and 2 or 0)
      end
      if not what then
        return nil
      end
      answers, at, last = what, 0, what.last
    end
    local first = at + 1
    at = at + 3
    local id, made, err = answers[first], answers[first + 1], answers[at]
    answers[first], answers[first + 1], answers[at] = nil, nil, nil
    return id, made, err
  end
end

return wrap, protect, tick, task, each
