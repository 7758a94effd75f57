//! The page of the gallery.

mod support;

use std::fs;
use std::path::Path;

use midapi::ErrorKind;
use midapi_download::{Downloader, write_gallery};

use support::{client, files, finished_task, server};

#[tokio::test]
async fn gallery_lists_downloaded_files() {
    let (server, directory) = (server(), tempfile::tempdir().unwrap());
    let downloader = Downloader::new(&client(&server), directory.path());
    for id in ["a", "b"] {
        downloader.download(&finished_task(&server, id)).await.into_result().unwrap();
    }
    let before = files(directory.path());
    let gallery = write_gallery(directory.path()).unwrap();
    assert_eq!((gallery.tasks, gallery.files, gallery.unreadable.len()), (2, 8, 0));
    assert_eq!(gallery.path, directory.path().join("index.html"));
    assert_eq!(files(directory.path()).len(), before.len() + 1, "no temporary file is left");
    let page = fs::read_to_string(&gallery.path).unwrap();
    assert!(!page.contains("http://") && !page.contains("https://"), "no URL of another host");
    let rewritten = write_gallery(directory.path()).unwrap();
    assert_eq!(fs::read_to_string(rewritten.path).unwrap(), page, "the same records have the same page");
}

#[test]
fn gallery_without_tasks_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let error = write_gallery(directory.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "a directory without records is likely a typing error");
    fs::create_dir(directory.path().join(".midapi")).unwrap();
    let gallery = write_gallery(directory.path()).unwrap();
    assert_eq!((gallery.tasks, gallery.files), (0, 0));
    assert!(fs::read_to_string(gallery.path).unwrap().contains(r#"id="index">[]</script>"#));
}

#[test]
fn unreadable_record_is_named() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join(".midapi")).unwrap();
    let record = directory.path().join(".midapi/broken.json");
    fs::write(&record, "{").unwrap();
    let gallery = write_gallery(directory.path()).unwrap();
    let [(path, _)] = &gallery.unreadable[..] else { panic!("one record: {:?}", gallery.unreadable) };
    assert_eq!(path, &record);
}

#[test]
fn foreign_index_is_not_replaced() {
    type Create = fn(&Path) -> std::io::Result<()>;
    let table: [(&str, Create); 2] = [
        ("another page", |path| fs::write(path, "<!doctype html><title>Mine</title>")),
        ("a directory", |path| fs::create_dir(path)),
    ];
    for (why, create) in table {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join(".midapi")).unwrap();
        let page = directory.path().join("index.html");
        create(&page).unwrap();
        let metadata = fs::metadata(&page).unwrap();
        let error = write_gallery(directory.path()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{why}");
        assert!(error.to_string().contains("the path exists and is not a gallery page"), "{why}: {error}");
        let after = fs::metadata(&page).unwrap();
        assert_eq!((after.len(), after.modified().unwrap()), (metadata.len(), metadata.modified().unwrap()), "{why}");
    }
}

#[cfg(unix)]
#[test]
fn planted_link_is_not_followed() {
    let (directory, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::create_dir(directory.path().join(".midapi")).unwrap();
    let target = outside.path().join("target");
    fs::write(&target, r#"<meta name="generator" content="midapi gallery">"#).unwrap();
    std::os::unix::fs::symlink(&target, directory.path().join("index.html")).unwrap();
    assert!(write_gallery(directory.path()).is_err());
    assert_eq!(fs::read_to_string(target).unwrap().len(), 48, "unchanged");
}
