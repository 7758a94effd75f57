-- Downloads of the results of tasks.
local check = require "check"
local equal, raises, test = check.equal, check.raises, check.test
local midapi = require "midapi"
local client = check.client()
local directory = check.directory
-- A client whose requests fail.
local offline = assert(midapi.client { api_key = "test-key", base_url = "http://127.0.0.1:1", max_retries = 0 })

local function outcomes(files)
  local list = {}
  for n, file in ipairs(files) do
    equal(file.n, n)
    list[n] = file.outcome
  end
  return table.concat(list, " ")
end

local function collect(iterator, ...)
  local list = {}
  for id, files, err in iterator, ... do
    equal(files == nil, err ~= nil)
    list[#list + 1] = id .. "=" .. (files and outcomes(files) or err.kind)
  end
  table.sort(list)
  return table.concat(list, ", ")
end

test("download saves every file", function()
  local files = assert(client:download("picture-1", { to = directory }))
  equal(outcomes(files), "saved saved saved saved")
  for _, file in ipairs(files) do
    equal(file.url:match "^https?://" ~= nil, true, file.url)
    equal(#file.sha256, 64)
    local handle = assert(io.open(directory .. "/" .. file.path, "rb"))
    equal(#handle:read "*a", file.bytes)
    handle:close()
  end
end)

test("recorded files need no request", function()
  equal(outcomes(assert(offline:download("picture-1", { to = directory }))), "exists exists exists exists")
  equal(outcomes(assert(offline:download({ id = "picture-1" }, { to = directory }))), "exists exists exists exists")
  local list = collect(offline:download_all({ "picture-1", "picture-9" }, { to = directory }))
  equal(list, "picture-1=exists exists exists exists, picture-9=transport")
end)

test("a missing file is saved again", function()
  local files = assert(client:download("picture-1", { to = directory }))
  assert(os.remove(directory .. "/" .. files[2].path))
  equal(outcomes(assert(client:download("picture-1", { to = directory }))), "exists saved exists exists")
end)

test("download accepts a task", function()
  local task = assert(client:get "picture-2")
  equal(outcomes(assert(client:download(task, { to = directory }))), "saved saved saved saved")
end)

test("names follow the template", function()
  local files = assert(client:download("picture-3", { to = directory, name = "{id}/{n}.{ext}", max_in_flight = 1 }))
  equal(files[4].path, "picture-3/4.jpeg")
end)

test("tasks without files are errors", function()
  local kinds = { failed = "task_failed", generating = "not_finished", missing = "not_found", [""] = "usage" }
  for id, kind in pairs(kinds) do
    local files, err = client:download(id, { to = directory })
    equal(files, nil)
    equal(err.kind, kind, id)
    equal(err.id, id)
    equal(err.files, nil)
  end
  local _, err = client:download("failed", { to = directory, wait = true })
  equal(err.task.status, "failed")
end)

test("files that were saved are in the error", function()
  local files, err = client:download("partial", { to = directory })
  equal(files, nil)
  equal(err.kind, "expired")
  equal(outcomes(err.files), "saved failed saved saved")
  equal(err.files[2].error.kind, "expired")
  equal(err.files[2].path, nil)
  local _, again = client:download("partial", { to = directory })
  equal(outcomes(again.files), "exists failed exists exists")
end)

test("pages are not saved as pictures", function()
  local _, err = client:download("damaged", { to = directory })
  equal(err.kind, "invalid_content")
  equal(err.files, nil)
end)

test("download waits for the task", function()
  local _, err = client:download("generating", { to = directory, wait = true, timeout = "50ms", interval = "10ms" })
  equal(err.kind, "deadline")
  local files = assert(client:download("soon-1", { to = directory, wait = true, interval = 0.01 }))
  equal(outcomes(files), "saved saved saved saved")
end)

test("every id has files or an error", function()
  local ids = { "picture-4", "soon-2", "failed", "missing", "\255", "picture-4", "picture-1" }
  local list = collect(client:download_all(ids, { to = directory, wait = true, interval = 0.01, max_in_flight = 4 }))
  -- The second of two equal ids finds the files of the first.
  local expected = "failed=task_failed, missing=not_found, picture-1=exists exists exists exists, "
    .. "picture-4=exists exists exists exists, picture-4=saved saved saved saved, soon-2=saved saved saved saved, "
    .. "\255=usage"
  equal(list, expected)
end)

test("a download loop can be left early", function()
  for id in client:download_all({ "picture-1", "generating" }, { to = directory, wait = true }) do
    equal(id, "picture-1")
    break
  end
  equal(collect(client:download_all({}, { to = directory })), "")
end)

-- stylua: ignore
local rows = {
  { "bad argument #1 to 'download' (id or task expected, got number)", function() client:download(7) end },
  { "bad argument #1 to 'download' (id or task expected, got table)", function() client:download({ "a" }) end },
  { "bad argument #1 to 'download_all' (list of strings expected, got string)", function() client:download_all("done") end },
  { "bad argument #2 to 'download' (option 'to': ", function() client:download("done", { to = "" }) end },
  { "bad argument #2 to 'download' (option 'to': text in UTF-8 expected)", function() client:download("done", { to = "\255" }) end },
  { "bad argument #2 to 'download' (option 'name': the name template ", function() client:download("done", { name = "../{n}" }) end },
  { "bad argument #2 to 'download' (option 'interval' requires option 'wait')", function() client:download("done", { interval = 1 }) end },
  { "(option 'max_retries' has no effect with option 'wait')", function() client:download_all({}, { max_retries = 1, wait = true }) end },
  { "(unknown option 'dir')", function() client:download("done", { dir = "x" }) end },
}

for _, row in ipairs(rows) do
  test(row[1], function()
    local text = raises(row[1], row[2])
    equal(text:find("download.lua:", 1, true) ~= nil, true, "error without a position: " .. text)
  end)
end
