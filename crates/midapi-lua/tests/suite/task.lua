-- The fields of a task.
local check = require "check"
local equal, test = check.equal, check.test
local client = check.client()

test("a finished task has all fields", function()
  local task = assert(client:get("done"))
  equal(task.id, "done")
  equal(task.task_type, "mj_txt2img")
  equal(task.status, "success")
  equal(task.success_flag, 1)
  equal(task.create_time, 1760576696.5)
  equal(task.complete_time, 1760576758)
  equal(task.results_expire_time, 1760576758 + 14 * 24 * 3600)
  equal(#task.result_urls, 2)
  equal(task.result_urls[2], "https://a.example/1.jpeg")
  equal(#task.warnings, 0)
  equal(task.param_json:sub(1, 10), '{"prompt":')
end)

test("params keep unknown keys", function()
  local params = assert(client:get("done")).params
  equal(params.prompt, "A heron at dusk")
  equal(params.stylization, 300)
  equal(params.enableTranslation, true)
  equal(params.fileUrls[1], "https://a.example/in.png")
  equal(params.someday.deep[1], 1)
  equal(params.someday.deep[2], 2.5)
end)

test("absent and null values are nil", function()
  local task = assert(client:get("done"))
  equal(task.error_code, nil)
  equal(task.error_message, nil)
  equal(task.params.waterMark, nil)
  local generating = assert(client:get("generating"))
  equal(generating.complete_time, nil)
  equal(generating.results_expire_time, nil)
  equal(#generating.result_urls, 0)
end)

test("unreadable fields are warnings", function()
  local task = assert(client:get("odd"))
  equal(task.status, "unknown")
  equal(task.success_flag, 9)
  equal(task.params, nil)
  equal(task.param_json, "{not json")
  local fields = {}
  for _, warning in ipairs(task.warnings) do
    fields[#fields + 1] = warning.field
    equal(type(warning.message), "string")
  end
  table.sort(fields)
  equal(table.concat(fields, " "), "create_time param_json")
end)

test("get returns a failed task", function()
  local task, err = client:get("failed")
  equal(err, nil)
  equal(task.status, "failed")
  equal(type(task.error_message), "string")
end)

test("tostring shows status and prompt", function()
  equal(tostring(client:get("done")), "task done: success (A heron at dusk)")
  equal(tostring(client:get("odd")), "task odd: unknown")
  equal(tostring(client), "midapi client (" .. check.base_url .. ")")
end)

test("tostring never raises", function()
  local task = assert(client:get("done"))
  for _, prompt in ipairs { {}, true, print, 5 } do
    task.params.prompt = prompt
    equal(tostring(task), "task done: success")
  end
  task.params = print
  task.id, task.status = nil, setmetatable({}, { __tostring = error })
  equal(tostring(task), "task nil: table")
end)

test("times have a fraction for os.date", function()
  local time = assert(client:get("done")).create_time
  equal(time % 1, 0.5)
  equal(os.date("!%Y-%m-%d %H:%M:%S", math.floor(time)), "2025-10-16 01:04:56")
end)

test("a task is a plain table", function()
  local task = assert(client:get("done"))
  equal(type(task), "table")
  task.note = "text"
  equal(rawget(task, "note"), "text")
  local names = {}
  for name in pairs(task) do
    names[name] = true
  end
  equal(names.params and names.result_urls and names.status, true)
  equal(pcall(setmetatable, task, {}), false, "the shared metatable is protected")
end)

test("the table has a version", function()
  equal(type(require("midapi").version:match "^%d+%.%d+%.%d+"), "string")
end)
