-- Waits for tasks and saves their result files: midapi lua examples/lua/download.lua DIRECTORY ID…
-- Run it again to continue: files that were already saved are not downloaded again.
local midapi = require "midapi"

local client, client_error = midapi.client()
if not client then
  error(tostring(client_error))
end
local directory = table.remove(arg, 1)
for id, files, err in client:download_all(arg, { to = directory, wait = true, timeout = "30m" }) do
  -- A download that failed may have saved some of its files.
  for _, file in ipairs(files or err and err.files or {}) do
    if file.path then
      print(id, file.outcome, directory .. "/" .. file.path)
    end
  end
  if err then
    print(id, err.kind, err.message)
  end
end
