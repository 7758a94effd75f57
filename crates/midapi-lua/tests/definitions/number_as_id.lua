local client = assert(require("midapi").client())
-- wrong: param-type-mismatch
print(client:get(7))
