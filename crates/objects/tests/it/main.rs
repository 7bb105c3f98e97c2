//! Objects in real directories, and in a bucket of a server that speaks as S3 does.

mod bucket;
mod directory;
mod fake_s3;

use bytes::Bytes;
use takar_domain::digest::Sha256Digest;
use takar_objects::{ObjectError, Objects};

/// What holds wherever objects are kept.
async fn assert_keeps_objects(objects: &Objects) {
    objects.ping().await.unwrap();
    let content = Bytes::from_static(b"berita acara");
    let sha256 = Sha256Digest::of(&content);
    let missing = objects.get(&sha256).await.unwrap_err();
    assert!(matches!(missing, ObjectError::NotFound(digest) if digest == sha256), "{missing:?}");

    let stored = objects.put(content.clone()).await.unwrap();
    assert_eq!((stored.sha256, stored.size_bytes), (sha256, 12));
    assert_eq!(objects.get(&sha256).await.unwrap(), content);
    assert_eq!(objects.put(content.clone()).await.unwrap(), stored);
    assert_eq!(objects.get(&sha256).await.unwrap(), content);

    let large = vec![7; usize::try_from(takar_domain::evidence_file::FILE_MAX_BYTES).unwrap()];
    let stored = objects.put(large.clone().into()).await.unwrap();
    assert_eq!(stored.size_bytes, 10_485_760);
    assert_eq!(objects.get(&stored.sha256).await.unwrap().len(), large.len());
    let larger = [large.as_slice(), &[7]].concat();
    let refused = objects.put(larger.into()).await.unwrap_err();
    assert!(matches!(refused, ObjectError::TooLarge { size_bytes: 10_485_761 }), "{refused:?}");
}

/// That the same content may be stored by many at once.
async fn assert_keeps_what_many_store_at_once(objects: &Objects) {
    let content = Bytes::from(vec![3; 100_000]);
    let puts: Vec<_> = (0..16)
        .map(|_| {
            let (objects, content) = (objects.clone(), content.clone());
            tokio::spawn(async move { objects.put(content).await })
        })
        .collect();
    for put in puts {
        assert_eq!(put.await.unwrap().unwrap().sha256, Sha256Digest::of(&content));
    }
    assert_eq!(objects.get(&Sha256Digest::of(&content)).await.unwrap(), content);
}
