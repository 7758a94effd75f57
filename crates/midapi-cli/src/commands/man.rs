//! `midapi man`

use std::fs;
use std::io;
use std::path::Path;

use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::args::{Cli, help};
use crate::output::terminal::print_stderr;

/// Writes a manual page for each command to a directory.
pub(crate) fn run(dir: &Path) -> u8 {
    match write_pages(dir) {
        Ok(()) => 0,
        Err(error) => {
            print_stderr(format_args!("error: cannot write the manual pages to {}: {error}", dir.display()));
            1
        }
    }
}

fn write_pages(dir: &Path) -> io::Result<()> {
    let mut main = Cli::full_command().disable_help_subcommand(true);
    main.build();
    let names: Vec<_> = main.get_subcommands().map(|command| format!("midapi-{}", command.get_name())).collect();
    write_page(dir, &main, None, &names)?;
    for command in main.get_subcommands() {
        write_page(dir, command, Some(command.get_name()), &["midapi".to_owned()])?;
    }
    Ok(())
}

fn write_page(dir: &Path, command: &clap::Command, name: Option<&str>, see_also: &[String]) -> io::Result<()> {
    let page_name = name.map_or_else(|| "midapi".to_owned(), |name| format!("midapi-{name}"));
    let page = Man::new(command.clone())
        .title(page_name.to_uppercase())
        .source(concat!("midapi ", env!("CARGO_PKG_VERSION")))
        .manual("User Commands");
    let mut content = Vec::new();
    page.render_title(&mut content)?;
    page.render_name_section(&mut content)?;
    page.render_synopsis_section(&mut content)?;
    page.render_description_section(&mut content)?;
    page.render_options_section(&mut content)?;
    if name.is_none() {
        page.render_subcommands_section(&mut content)?;
    }
    let mut sections = Roff::new();
    for (title, text) in help::sections(name) {
        sections.control("SH", [title.to_uppercase().as_str()]);
        // Without filling (nf), because the text is aligned in columns.
        sections.control("nf", []);
        for line in text.lines() {
            sections.text([roman(line)]);
        }
        sections.control("fi", []);
    }
    sections.control("SH", ["SEE ALSO"]);
    for (index, name) in see_also.iter().enumerate() {
        let separator = if index + 1 < see_also.len() { "," } else { "" };
        sections.text([bold(name.as_str()), roman(format!("(1){separator}"))]);
    }
    sections.to_writer(&mut content)?;
    fs::write(dir.join(format!("{page_name}.1")), content)
}
