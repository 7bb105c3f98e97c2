//! `EvidenceService`: links and files that regions show, and whether they hold.

use takar_domain::{
    evidence::{self, Content, Evidence, Judgement},
    fault::Faults,
    name::EvidenceId,
};
use takar_objects::Objects;
use takar_proto::{
    google::api::HttpBody,
    v1::{self, evidence_service_server::EvidenceService as Service},
};
use takar_store::{LockedEvaluation, Store, Write};
use tonic::{Request, Response, Status};

use crate::{
    convert::{self, Proposal},
    error::{Error, answer},
    etag::{self, tag},
    name,
    page::{self, FilterHash},
    write::{changed, write},
};

pub(crate) struct EvidenceService {
    pub(crate) store: Store,
    /// Where files are; `None` where only links are taken.
    pub(crate) objects: Option<Objects>,
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl Service for EvidenceService {
    async fn get_evidence(&self, request: Request<v1::GetEvidenceRequest>) -> Answer<v1::Evidence> {
        answer(async {
            let v1::GetEvidenceRequest { name } = request.into_inner();
            let (key, id) = name::evidence(&name).map_err(|fault| fault.at("name"))?;
            Ok(tag(convert::evidence(self.store.evidence(&key, &id).await?)))
        })
        .await
    }

    async fn list_evidence(
        &self,
        request: Request<v1::ListEvidenceRequest>,
    ) -> Answer<v1::ListEvidenceResponse> {
        answer(async {
            let v1::ListEvidenceRequest {
                parent,
                page_size,
                page_token,
                subject,
                state,
                count_total,
            } = request.into_inner();
            let asked = format!("{subject:?} {state}");
            let hash = FilterHash::new("ListEvidence", &[&parent, &asked]);
            let key = name::evaluation(&parent).map_err(|fault| fault.at("parent"))?;
            let mut faults = Faults::none();
            let page = page::parse(page_size, &page_token, &hash, EvidenceId::parse);
            let page = faults.merge(page);
            let filter = faults.merge(convert::parse_evidence_filter(&key, subject, state));
            let (page, filter) = faults.into_result(page.zip(filter))?;
            let mut found = self.store.evidence_of(&key, &filter, &page).await?;
            let next_page_token =
                page::cut(&mut found, &page, &hash, |last| last.evidence.id.to_string());
            let total_size =
                page::total(count_total, || self.store.count_evidence(&key, &filter)).await?;
            let evidence = found.into_iter().map(convert::evidence).map(tag).collect();
            Ok(v1::ListEvidenceResponse { evidence, next_page_token, total_size })
        })
        .await
    }

    async fn create_evidence(
        &self,
        request: Request<v1::CreateEvidenceRequest>,
    ) -> Answer<v1::Evidence> {
        write(&self.store, request, |message, write| async move {
            add(write, convert::parse_evidence(message)?).await
        })
        .await
    }

    async fn upload_evidence(
        &self,
        request: Request<v1::UploadEvidenceRequest>,
    ) -> Answer<v1::Evidence> {
        // Before the transaction, as storing a file takes long: one that is then refused, or comes
        // again, lies there under its digest and does no harm.
        let proposal = self.keep(request.get_ref().clone()).await?;
        write(&self.store, request, |_, write| add(write, proposal)).await
    }

    async fn download_evidence(
        &self,
        request: Request<v1::DownloadEvidenceRequest>,
    ) -> Answer<HttpBody> {
        answer(async {
            let v1::DownloadEvidenceRequest { name } = request.into_inner();
            let (key, id) = name::evidence(&name).map_err(|fault| fault.at("name"))?;
            let Content::File(file) = self.store.evidence(&key, &id).await?.evidence.content else {
                return Err(Error::EvidenceIsLink(name));
            };
            let data = self.objects()?.get(&file.sha256).await?;
            let content_type = file.media_type.to_string();
            Ok(HttpBody { content_type, data, extensions: Vec::new() })
        })
        .await
    }

    async fn verify_evidence(
        &self,
        request: Request<v1::VerifyEvidenceRequest>,
    ) -> Answer<v1::Evidence> {
        write(&self.store, request, |message, write| async move {
            let v1::VerifyEvidenceRequest { name, etag, request_id: _ } = message;
            judge(write, (&name, &etag), Judgement::Verified).await
        })
        .await
    }

    async fn reject_evidence(
        &self,
        request: Request<v1::RejectEvidenceRequest>,
    ) -> Answer<v1::Evidence> {
        write(&self.store, request, |message, write| async move {
            let v1::RejectEvidenceRequest { name, reason, etag, request_id: _ } = message;
            judge(write, (&name, &etag), convert::parse_rejection(&reason)?).await
        })
        .await
    }

    async fn delete_evidence(&self, request: Request<v1::DeleteEvidenceRequest>) -> Answer<()> {
        write(&self.store, request, |message, mut write| async move {
            let v1::DeleteEvidenceRequest { name, etag, request_id: _ } = message;
            let (locked, piece, before) = lock(&mut write, (&name, &etag)).await?;
            evidence::check_removable(&locked.evaluation, &piece, &write.caller())?;
            write.remove_evidence(&locked, &piece.id).await?;
            changed(&mut write, Some(&before), None);
            Ok((write, ()))
        })
        .await
    }
}

impl EvidenceService {
    fn objects(&self) -> Result<&Objects, Error> {
        self.objects.as_ref().ok_or(Error::NoObjects)
    }

    /// Stores the file of an upload.
    async fn keep(&self, message: v1::UploadEvidenceRequest) -> Result<Proposal<Content>, Error> {
        let objects = self.objects()?;
        let proposal = convert::parse_upload(message)?;
        let stored = objects.put(proposal.bytes()).await?;
        Ok(proposal.stored_as(stored.sha256))
    }
}

/// A write and what it answers.
type Written = Result<(Box<Write>, v1::Evidence), Error>;

async fn add(mut write: Box<Write>, proposal: Proposal<Content>) -> Written {
    let locked = write.lock_evaluation(&proposal.key).await?;
    let new = proposal.of(&locked.region)?;
    let added = evidence::add(&locked.evaluation, new, &write.caller(), locked.now)?;
    write.add_evidence(&locked, &added).await?;
    let after = tag(convert::evidence(locked.stored(added)));
    changed(&mut write, None, Some(&after));
    Ok((write, after))
}

async fn judge(mut write: Box<Write>, asked: (&str, &str), judgement: Judgement) -> Written {
    let (locked, piece, before) = lock(&mut write, asked).await?;
    let caller = write.caller();
    let judged = evidence::judge(&locked.evaluation, piece, judgement, &caller, locked.now)?;
    write.judge_evidence(&locked, &judged).await?;
    let after = tag(convert::evidence(locked.stored(judged)));
    changed(&mut write, Some(&before), Some(&after));
    Ok((write, after))
}

/// Locks the evaluation of a piece that is still as the request knows it.
async fn lock(
    write: &mut Write,
    (name, etag): (&str, &str),
) -> Result<(LockedEvaluation, Evidence, v1::Evidence), Error> {
    let (key, id) = name::evidence(name).map_err(|fault| fault.at("name"))?;
    let locked = write.lock_evaluation(&key).await?;
    let stored = locked.piece(&id)?;
    let before = tag(convert::evidence(stored.clone()));
    etag::check(etag, &before)?;
    Ok((locked, stored.evidence, before))
}
