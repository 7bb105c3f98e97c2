//! `RegistryService`: regions, cohorts, instruments, cycles and programmes.

use takar_domain::{
    fault::{Fault, Faults},
    instrument::Instrument,
    name::{CohortId, CycleId, InstrumentId, ProgramId, RegionCode, parse_search_text},
    registry::{Cohort, Cycle, Program, Region},
};
use takar_proto::v1::{self, registry_service_server::RegistryService as Service};
use takar_store::{PAGE_SIZE_MAX, RegionFilter, Store};
use tonic::{Request, Response, Status};

use crate::{
    convert,
    error::answer,
    etag::tag,
    list::{Asked, Keyed, Listed, list},
    name, region_changes, updates,
    write::{changed, write},
};

/// The most regions that one call registers: as many as a page shows.
const BATCH_MAX: usize = PAGE_SIZE_MAX as usize;

pub(crate) struct RegistryService {
    pub(crate) store: Store,
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl Service for RegistryService {
    async fn get_region(&self, request: Request<v1::GetRegionRequest>) -> Answer<v1::Region> {
        answer(async {
            let v1::GetRegionRequest { name } = request.into_inner();
            let code = name::region(&name).map_err(|fault| fault.at("name"))?;
            Ok(tag(convert::region(self.store.region(&code).await?)))
        })
        .await
    }

    async fn list_regions(
        &self,
        request: Request<v1::ListRegionsRequest>,
    ) -> Answer<v1::ListRegionsResponse> {
        answer(async {
            let request = request.into_inner();
            let with = parse_region_filter(&request)?;
            let kind = request.kind.to_string();
            let others = [request.province.as_str(), &kind, &request.name_contains];
            let asked = Asked {
                page_size: request.page_size,
                page_token: &request.page_token,
                filter: &request.filter,
                order_by: &request.order_by,
                count_total: request.count_total,
                of: ("ListRegions", &others),
            };
            let load = async |page| self.store.regions(&with, &page).await;
            let keyed =
                Keyed { parse: RegionCode::parse, key: |region: &Region| region.code.clone() };
            let count = || self.store.count_regions(&with);
            let Listed { items, next_page_token, total_size } =
                list(asked, keyed, load, count).await?;
            let regions = items.into_iter().map(convert::region).map(tag).collect();
            Ok(v1::ListRegionsResponse { regions, next_page_token, total_size })
        })
        .await
    }

    async fn create_region(&self, request: Request<v1::CreateRegionRequest>) -> Answer<v1::Region> {
        write(&self.store, request, |message, mut write| async move {
            let region = convert::parse_region(message)?;
            write.create_regions(std::slice::from_ref(&region)).await?;
            let region = tag(convert::region(region));
            changed(&mut write, None, Some(&region));
            Ok((write, region))
        })
        .await
    }

    async fn batch_create_regions(
        &self,
        request: Request<v1::BatchCreateRegionsRequest>,
    ) -> Answer<v1::BatchCreateRegionsResponse> {
        write(&self.store, request, |message, mut write| async move {
            let v1::BatchCreateRegionsRequest { requests, request_id: _ } = message;
            let regions = convert::parse_regions(requests, BATCH_MAX)?;
            write.create_regions(&regions).await?;
            let regions: Vec<_> =
                regions.into_iter().map(|region| tag(convert::region(region))).collect();
            for region in &regions {
                changed(&mut write, None, Some(region));
            }
            Ok((write, v1::BatchCreateRegionsResponse { regions }))
        })
        .await
    }

    async fn update_region(&self, request: Request<v1::UpdateRegionRequest>) -> Answer<v1::Region> {
        region_changes::update(&self.store, request).await
    }

    async fn recode_region(&self, request: Request<v1::RecodeRegionRequest>) -> Answer<v1::Region> {
        region_changes::recode(&self.store, request).await
    }

    async fn split_region(
        &self,
        request: Request<v1::SplitRegionRequest>,
    ) -> Answer<v1::SplitRegionResponse> {
        region_changes::split(&self.store, request).await
    }

    async fn merge_regions(&self, request: Request<v1::MergeRegionsRequest>) -> Answer<v1::Region> {
        region_changes::merge(&self.store, request).await
    }

    async fn get_cohort(&self, request: Request<v1::GetCohortRequest>) -> Answer<v1::Cohort> {
        answer(async {
            let v1::GetCohortRequest { name } = request.into_inner();
            let id = name::cohort(&name).map_err(|fault| fault.at("name"))?;
            Ok(tag(convert::cohort(self.store.cohort(&id).await?)))
        })
        .await
    }

    async fn list_cohorts(
        &self,
        request: Request<v1::ListCohortsRequest>,
    ) -> Answer<v1::ListCohortsResponse> {
        answer(async {
            let v1::ListCohortsRequest { page_size, page_token, filter, order_by, count_total } =
                request.into_inner();
            let asked = Asked {
                page_size,
                page_token: &page_token,
                filter: &filter,
                order_by: &order_by,
                count_total,
                of: ("ListCohorts", &[]),
            };
            let load = async |page| self.store.cohorts(&page).await;
            let keyed = Keyed { parse: CohortId::parse, key: |cohort: &Cohort| cohort.id.clone() };
            let count = || self.store.count_cohorts();
            let Listed { items, next_page_token, total_size } =
                list(asked, keyed, load, count).await?;
            let cohorts = items.into_iter().map(convert::cohort).map(tag).collect();
            Ok(v1::ListCohortsResponse { cohorts, next_page_token, total_size })
        })
        .await
    }

    async fn create_cohort(&self, request: Request<v1::CreateCohortRequest>) -> Answer<v1::Cohort> {
        write(&self.store, request, |message, mut write| async move {
            let cohort = convert::parse_cohort(message)?;
            let cohort = tag(convert::cohort(write.create_cohort(&cohort).await?));
            changed(&mut write, None, Some(&cohort));
            Ok((write, cohort))
        })
        .await
    }

    async fn update_cohort(&self, request: Request<v1::UpdateCohortRequest>) -> Answer<v1::Cohort> {
        updates::cohort(&self.store, request).await
    }

    async fn get_instrument(
        &self,
        request: Request<v1::GetInstrumentRequest>,
    ) -> Answer<v1::Instrument> {
        answer(async {
            let v1::GetInstrumentRequest { name } = request.into_inner();
            let id = name::instrument(&name).map_err(|fault| fault.at("name"))?;
            Ok(tag(convert::instrument(&self.store.instrument(&id).await?)))
        })
        .await
    }

    async fn list_instruments(
        &self,
        request: Request<v1::ListInstrumentsRequest>,
    ) -> Answer<v1::ListInstrumentsResponse> {
        answer(async {
            let v1::ListInstrumentsRequest { page_size, page_token, filter, order_by, count_total } =
                request.into_inner();
            let asked = Asked {
                page_size,
                page_token: &page_token,
                filter: &filter,
                order_by: &order_by,
                count_total,
                of: ("ListInstruments", &[]),
            };
            let load = async |page| self.store.instruments(&page).await;
            let keyed = Keyed {
                parse: InstrumentId::parse,
                key: |instrument: &Instrument| instrument.id().clone(),
            };
            let count = || self.store.count_instruments();
            let Listed { items, next_page_token, total_size } =
                list(asked, keyed, load, count).await?;
            let instruments = items.iter().map(convert::instrument).map(tag).collect();
            Ok(v1::ListInstrumentsResponse { instruments, next_page_token, total_size })
        })
        .await
    }

    async fn create_instrument(
        &self,
        request: Request<v1::CreateInstrumentRequest>,
    ) -> Answer<v1::Instrument> {
        write(&self.store, request, |message, mut write| async move {
            let instrument = convert::parse_instrument(message)?;
            let instrument = write.create_instrument(&instrument).await?;
            let instrument = tag(convert::instrument(&instrument));
            changed(&mut write, None, Some(&instrument));
            Ok((write, instrument))
        })
        .await
    }

    async fn update_instrument(
        &self,
        request: Request<v1::UpdateInstrumentRequest>,
    ) -> Answer<v1::Instrument> {
        updates::instrument(&self.store, request).await
    }

    async fn get_cycle(&self, request: Request<v1::GetCycleRequest>) -> Answer<v1::Cycle> {
        answer(async {
            let v1::GetCycleRequest { name } = request.into_inner();
            let id = name::cycle(&name).map_err(|fault| fault.at("name"))?;
            Ok(tag(convert::cycle(self.store.cycle(&id).await?)))
        })
        .await
    }

    async fn list_cycles(
        &self,
        request: Request<v1::ListCyclesRequest>,
    ) -> Answer<v1::ListCyclesResponse> {
        answer(async {
            let v1::ListCyclesRequest { page_size, page_token, filter, order_by, count_total } =
                request.into_inner();
            let asked = Asked {
                page_size,
                page_token: &page_token,
                filter: &filter,
                order_by: &order_by,
                count_total,
                of: ("ListCycles", &[]),
            };
            let load = async |page| self.store.cycles(&page).await;
            let keyed = Keyed { parse: CycleId::parse, key: |cycle: &Cycle| cycle.id.clone() };
            let count = || self.store.count_cycles();
            let Listed { items, next_page_token, total_size } =
                list(asked, keyed, load, count).await?;
            let cycles = items.into_iter().map(convert::cycle).map(tag).collect();
            Ok(v1::ListCyclesResponse { cycles, next_page_token, total_size })
        })
        .await
    }

    async fn create_cycle(&self, request: Request<v1::CreateCycleRequest>) -> Answer<v1::Cycle> {
        write(&self.store, request, |message, mut write| async move {
            let cycle = convert::parse_cycle(message)?;
            let cycle = tag(convert::cycle(write.create_cycle(&cycle).await?));
            changed(&mut write, None, Some(&cycle));
            Ok((write, cycle))
        })
        .await
    }

    async fn update_cycle(&self, request: Request<v1::UpdateCycleRequest>) -> Answer<v1::Cycle> {
        updates::cycle(&self.store, request).await
    }

    async fn get_program(&self, request: Request<v1::GetProgramRequest>) -> Answer<v1::Program> {
        answer(async {
            let v1::GetProgramRequest { name } = request.into_inner();
            let (region, id) = name::program(&name).map_err(|fault| fault.at("name"))?;
            Ok(tag(convert::program(self.store.program(&region, &id).await?)))
        })
        .await
    }

    async fn list_programs(
        &self,
        request: Request<v1::ListProgramsRequest>,
    ) -> Answer<v1::ListProgramsResponse> {
        answer(async {
            let v1::ListProgramsRequest {
                parent,
                page_size,
                page_token,
                filter,
                order_by,
                count_total,
            } = request.into_inner();
            let region = name::region(&parent).map_err(|fault| fault.at("parent"))?;
            let asked = Asked {
                page_size,
                page_token: &page_token,
                filter: &filter,
                order_by: &order_by,
                count_total,
                of: ("ListPrograms", &[&parent]),
            };
            let load = async |page| self.store.programs(&region, &page).await;
            let keyed =
                Keyed { parse: ProgramId::parse, key: |program: &Program| program.id.clone() };
            let count = || self.store.count_programs(&region);
            let Listed { items, next_page_token, total_size } =
                list(asked, keyed, load, count).await?;
            let programs = items.into_iter().map(convert::program).map(tag).collect();
            Ok(v1::ListProgramsResponse { programs, next_page_token, total_size })
        })
        .await
    }

    async fn create_program(
        &self,
        request: Request<v1::CreateProgramRequest>,
    ) -> Answer<v1::Program> {
        write(&self.store, request, |message, mut write| async move {
            let program = convert::parse_program(message)?;
            let program = tag(convert::program(write.create_program(&program).await?));
            changed(&mut write, None, Some(&program));
            Ok((write, program))
        })
        .await
    }

    async fn update_program(
        &self,
        request: Request<v1::UpdateProgramRequest>,
    ) -> Answer<v1::Program> {
        updates::program(&self.store, request).await
    }
}

fn parse_region_filter(request: &v1::ListRegionsRequest) -> Result<RegionFilter, Faults> {
    let v1::ListRegionsRequest {
        page_size: _,
        page_token: _,
        province,
        kind,
        name_contains,
        filter: _,
        order_by: _,
        count_total: _,
    } = request;
    let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let mut faults = Faults::none();
    let province = given(province).map(|name| parse_province(&name)).transpose();
    let province = faults.keep("province", province);
    let kind = faults.keep("kind", convert::parse_region_kind_filter(*kind));
    let name_contains = faults.keep("name_contains", parse_search_text(name_contains));
    let filter = province.zip(kind).zip(name_contains).map(|((province, kind), name_contains)| {
        RegionFilter { province, kind, name_contains: given(&name_contains) }
    });
    faults.into_result(filter)
}

fn parse_province(name: &str) -> Result<RegionCode, Fault> {
    let code = name::region(name)?;
    if code.province().is_none() {
        Ok(code)
    } else {
        Err(Fault::new(name, "a province, such as regions/33"))
    }
}
