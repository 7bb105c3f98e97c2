use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use takar_domain::digest::Sha256Digest;
use takar_objects::{ObjectError, ObjectSettings, Objects, Stored};

fn open(directory: &Path) -> takar_objects::Result<Objects> {
    let url = format!("file://{}", directory.display());
    Objects::open(&ObjectSettings { url, endpoint: None })
}

/// Where an object lies.
fn file(directory: &Path, sha256: &Sha256Digest) -> PathBuf {
    let digits = sha256.to_string();
    directory.join("sha256").join(&digits[..2]).join(&digits[2..])
}

/// All files below a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

async fn with_one_object(directory: &Path) -> (Objects, Stored) {
    let objects = open(directory).unwrap();
    let stored = objects.put(Bytes::from_static(b"berita acara")).await.unwrap();
    (objects, stored)
}

#[tokio::test]
async fn a_directory_keeps_objects() {
    let directory = tempfile::tempdir().unwrap();
    super::assert_keeps_objects(&open(directory.path()).unwrap()).await;
}

#[tokio::test]
async fn many_store_the_same_at_once_in_one_file() {
    let directory = tempfile::tempdir().unwrap();
    super::assert_keeps_what_many_store_at_once(&open(directory.path()).unwrap()).await;
    let sha256 = Sha256Digest::of(&vec![3; 100_000]);
    assert_eq!(files(directory.path()), [file(directory.path(), &sha256)]);
}

#[tokio::test]
async fn objects_outlive_whoever_stored_them() {
    let directory = tempfile::tempdir().unwrap();
    let (objects, stored) = with_one_object(directory.path()).await;
    drop(objects);
    let content = open(directory.path()).unwrap().get(&stored.sha256).await.unwrap();
    assert_eq!(content, "berita acara");
    assert_eq!(files(directory.path()), [file(directory.path(), &stored.sha256)]);
}

#[tokio::test]
async fn a_directory_that_is_made_is_its_owners_only() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("bukti dukung/objects");
    with_one_object(&PathBuf::from(directory.to_str().unwrap().replace(' ', "%20"))).await;
    for made in [&directory, directory.parent().unwrap()] {
        assert_eq!(fs::metadata(made).unwrap().permissions().mode() & 0o777, 0o700);
    }
}

#[tokio::test]
async fn an_altered_file_is_neither_given_nor_hidden() {
    let directory = tempfile::tempdir().unwrap();
    let (objects, stored) = with_one_object(directory.path()).await;
    let path = file(directory.path(), &stored.sha256);
    for altered in ["berita acarA", "", "berita acara dan lampiran"] {
        fs::write(&path, altered).unwrap();
        let read = objects.get(&stored.sha256).await.unwrap_err();
        assert!(matches!(read, ObjectError::Altered(name) if name == stored.sha256), "{read:?}");
        let again = objects.put(Bytes::from_static(b"berita acara")).await.unwrap_err();
        assert!(matches!(again, ObjectError::Altered(_)), "{again:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), altered);
    }
    fs::File::create(&path).unwrap().set_len(10_485_761).unwrap();
    let read = objects.get(&stored.sha256).await.unwrap_err();
    assert!(matches!(read, ObjectError::TooLarge { size_bytes: 10_485_761 }), "{read:?}");
    fs::remove_file(&path).unwrap();
    let read = objects.get(&stored.sha256).await.unwrap_err();
    assert!(matches!(read, ObjectError::NotFound(name) if name == stored.sha256), "{read:?}");
}

#[tokio::test]
async fn what_a_crash_left_of_an_upload_is_in_nobodys_way() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(directory.path(), &Sha256Digest::of(b"berita acara"));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(format!("{}#1", path.display()), "beri").unwrap();
    let (objects, stored) = with_one_object(directory.path()).await;
    assert_eq!(objects.get(&stored.sha256).await.unwrap(), "berita acara");
}

#[tokio::test]
async fn a_directory_that_cannot_be_used_is_named() {
    let parent = tempfile::tempdir().unwrap();
    let taken = parent.path().join("taken");
    fs::write(&taken, "").unwrap();
    let error = open(&taken).unwrap_err();
    assert!(matches!(&error, ObjectError::Directory { path, .. } if *path == taken), "{error:?}");

    let directory = parent.path().join("objects");
    let objects = open(&directory).unwrap();
    fs::remove_dir(&directory).unwrap();
    let error = objects.ping().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the directory of the objects, {}, cannot be used", directory.display())
    );
    fs::write(&directory, "").unwrap();
    assert!(matches!(objects.ping().await.unwrap_err(), ObjectError::Directory { .. }));
}

#[tokio::test]
async fn a_wrong_setting_is_named() {
    let settings = ObjectSettings { url: "/var/lib/takar".to_owned(), endpoint: None };
    let ObjectError::Setting(fault) = Objects::open(&settings).unwrap_err() else {
        panic!("another error");
    };
    assert_eq!((fault.field.as_str(), fault.value.as_str()), ("url", "/var/lib/takar"));
}
