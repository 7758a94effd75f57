local client = assert(require("midapi").client())
-- wrong: undefined-field
print(client:submit("a prompt"))
