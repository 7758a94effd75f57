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

-- One call instead of one for each field, of which each would have to be protected.
local function task(
  id, status, task_type, success_flag, param_json, params, error_code, error_message,
  create_time, complete_time, results_expire_at, problems, result_urls, ...
)
  return {
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
    results_expire_at = results_expire_at,
    problems = problems or {},
    result_urls = result_urls or { ... },
  }
end

return wrap, protect, tick, task
