//! The sections below the options of each command's help and manual page.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::args::tasks::escape_field;

/// The sections of one command.
struct Page {
    /// The name of the command. None for `midapi` itself.
    command: Option<&'static str>,
    examples: &'static str,
    exit_status: &'static str,
}

const DOCUMENTATION: &str = "https://docs.rs/midapi";

const EXIT_STATUS: &str = "\
0    success
1    any other failure
2    invalid id, option, API key or base URL; no request was sent
3    the task failed (midapi get: only with --exit-status)
4    the API key was rejected
5    task not found
6    insufficient credits
7    connection failure, rate limit, or server failure
8    timeout, or not finished yet; the task may still finish
9    unexpected or unreadable response, or a file that is not a whole picture or video
10   the request was rejected
11   the results have expired
129  ended by a hang-up (SIGHUP)
130  ended by an interrupt (Ctrl-C)
143  ended by SIGTERM
With several ids: the status of the first failure in the order of the ids.";

const LUA_EXIT_STATUS: &str = "\
0    success
1    the script has a syntax error, raised an error, or was stopped at a limit
2    the script cannot be read
130  ended by an interrupt (Ctrl-C)";

const SIMPLE_EXIT_STATUS: &str = "\
0    success
1    the output cannot be written
2    invalid argument";

const ENVIRONMENT: &str = "\
MIDAPI_API_KEY        API key
MIDAPI_BASE_URL       base URL of the API
MIDAPI_CA_FILE        file with CA certificates (PEM) to trust in addition to those of the system
HTTPS_PROXY           URL of the proxy
NO_PROXY              hosts to connect to without the proxy
MIDAPI_SPOOL          directory for files before their upload to an object store
RUST_LOG              log filter, ignored with -v
NO_COLOR              disables colors
TZ                    time zone of printed times";

const PAGES: &[Page] = &[
    Page {
        command: None,
        examples: "\
midapi --mock wait demo              use the mock server, without a key
midapi get 0f1e2d3c4b5a69788796a5b4c3d2e1f0
midapi check                         check the API key

The key is read from MIDAPI_API_KEY or --api-key-file, never from an argument.
This is an unofficial client.",
        exit_status: EXIT_STATUS,
    },
    Page {
        command: Some("get"),
        examples: "\
midapi --mock get demo-failed
midapi get 0f1e2d3c4b5a69788796a5b4c3d2e1f0 --json
midapi get 0f1e2d3c4b5a69788796a5b4c3d2e1f0 --urls
midapi get - --json < ids.txt",
        exit_status: EXIT_STATUS,
    },
    Page {
        command: Some("wait"),
        examples: "\
midapi --mock wait demo
midapi wait 0f1e2d3c4b5a69788796a5b4c3d2e1f0 --timeout 30m
midapi wait A B C --download pictures
midapi wait - --rate 20 --pending-to pending.txt < ids.txt",
        exit_status: EXIT_STATUS,
    },
    Page {
        command: Some("download"),
        examples: "\
midapi --mock download demo --to pictures
midapi download 0f1e2d3c4b5a69788796a5b4c3d2e1f0
midapi download - --wait --timeout 30m --pending-to pending.txt < ids.txt
midapi download A B --name '{type}/{date}-{id}-{n}.{ext}' --dry-run
midapi download A --to s3://bucket/pictures   # needs the feature object-store

Fields of --name: id, id8 (the first 8 characters of the id), n (the number of the result), ext,
date, time, type, speed, version, aspect, prompt, and any key of paramJson.
The credentials of an object store are read from its usual variables, such as AWS_….
Results are deleted 14 days after the task has finished.",
        exit_status: EXIT_STATUS,
    },
    Page {
        command: Some("verify"),
        examples: "\
midapi verify pictures",
        exit_status: "\
0    every recorded file is present and unchanged
1    a file is missing, changed or unreadable, or the directory cannot be read
2    invalid argument",
    },
    Page {
        command: Some("gallery"),
        examples: "\
midapi gallery pictures --open",
        exit_status: "\
0    the page was written
1    the page cannot be written or opened, or the record of a task cannot be read
2    invalid argument",
    },
    Page {
        command: Some("watch"),
        examples: "\
midapi --mock watch demo demo-failed
midapi watch 0f1e2d3c4b5a69788796a5b4c3d2e1f0 --json",
        exit_status: EXIT_STATUS,
    },
    Page {
        command: Some("lua"),
        examples: "\
midapi --mock lua examples/lua/get.lua demo-failed
midapi --mock lua -e 'print(midapi.client():get(\"demo-failed\"))'
echo 'print(midapi.version)' | midapi lua -
midapi --mock lua                    interactive prompt
midapi lua --sandbox --time-limit 5 downloaded.lua",
        exit_status: LUA_EXIT_STATUS,
    },
    Page {
        command: Some("mock"),
        examples: "\
midapi mock --list
midapi mock --listen 127.0.0.1:8437
midapi mock --replay recorded/

In another terminal:
MIDAPI_API_KEY=example-key MIDAPI_BASE_URL=http://127.0.0.1:8437 midapi get demo",
        exit_status: EXIT_STATUS,
    },
    Page {
        command: Some("restate"),
        examples: "\
npx @restatedev/restate-server                             in one terminal
midapi restate serve                                       in another
midapi restate register http://127.0.0.1:9080
midapi restate submit 0f1e2d3c4b5a69788796a5b4c3d2e1f0
midapi restate wait 0f1e2d3c4b5a69788796a5b4c3d2e1f0 --json
midapi restate account --rate 20",
        exit_status: EXIT_STATUS,
    },
    Page {
        command: Some("check"),
        examples: "\
midapi check
midapi --base-url https://api.kie.ai check

Save the responses to several requests in the directory recordings:
midapi check --probe recordings 0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        exit_status: EXIT_STATUS,
    },
    Page {
        command: Some("completions"),
        examples: "\
mkdir -p ~/.local/share/bash-completion/completions
midapi completions bash > ~/.local/share/bash-completion/completions/midapi

mkdir -p ~/.config/fish/completions
midapi completions fish > ~/.config/fish/completions/midapi.fish

mkdir -p ~/.zfunc
midapi completions zsh > ~/.zfunc/_midapi
echo 'fpath=(~/.zfunc $fpath); autoload -U compinit; compinit' >> ~/.zshrc",
        exit_status: SIMPLE_EXIT_STATUS,
    },
    Page {
        command: Some("man"),
        examples: "\
mkdir -p ~/.local/share/man/man1
midapi man ~/.local/share/man/man1",
        exit_status: SIMPLE_EXIT_STATUS,
    },
];

/// Adds the sections to `midapi` and to each of its commands.
pub(super) fn add_sections(command: clap::Command) -> clap::Command {
    PAGES.iter().fold(command, |command, page| {
        let examples = format!("Examples:\n{}", indent(page.examples));
        let all = sections(page.command).map(|(title, text)| format!("{title}:\n{}", indent(text)));
        let all = format!("{}\n\nDocumentation: {DOCUMENTATION}", all.join("\n\n"));
        let [examples, all] = [examples, all].map(|text| escape_field(&text));
        let add = |command: clap::Command| command.after_help(examples).after_long_help(all);
        match page.command {
            None => add(command),
            Some(name) => command.mut_subcommand(name, add),
        }
    })
}

/// The titles and texts of a command's sections.
pub(crate) fn sections(command: Option<&str>) -> [(&'static str, &'static str); 3] {
    let (examples, exit_status) = PAGES
        .iter()
        .find(|page| page.command == command)
        .map_or(("", SIMPLE_EXIT_STATUS), |page| (page.examples, page.exit_status));
    [("Examples", examples), ("Exit status", exit_status), ("Environment", ENVIRONMENT)]
}

fn indent(text: &str) -> String {
    let lines = text.lines().map(|line| if line.is_empty() { String::new() } else { format!("  {line}") });
    lines.collect::<Vec<_>>().join("\n")
}

/// Removes the suggested commands whose names differ from the given name by more than two letters.
pub(super) fn remove_far_suggestion(mut error: clap::Error) -> clap::Error {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return error;
    }
    let Some(ContextValue::String(given)) = error.get(ContextKind::InvalidSubcommand).cloned() else { return error };
    if let Some(ContextValue::Strings(mut names)) = error.remove(ContextKind::SuggestedSubcommand) {
        names.retain(|name| strsim::damerau_levenshtein(&given, name) <= 2);
        if !names.is_empty() {
            error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(names));
        }
    }
    error
}
