//! `SimulationService`: cycles filled with made-up results.

use takar_domain::{
    fault::{Fault, Faults},
    name::InstrumentId,
    simulation::{Plan, REGIONS_MAX},
};
use takar_proto::v1::{self, simulation_service_server::SimulationService as Service};
use takar_store::Store;
use tonic::{Request, Response, Status};

use crate::{
    convert,
    error::Error,
    etag::tag,
    name,
    write::{changed, write},
};

pub(crate) struct SimulationService {
    pub(crate) store: Store,
    /// Whether this server allows any.
    pub(crate) is_on: bool,
}

#[tonic::async_trait]
impl Service for SimulationService {
    async fn simulate_cycle(
        &self,
        request: Request<v1::SimulateCycleRequest>,
    ) -> Result<Response<v1::Cycle>, Status> {
        write(&self.store, request, |message, mut write| async move {
            if !self.is_on {
                return Err(Error::SimulationOff);
            }
            let (plan, region_count, instrument) = parse(message)?;
            let cycle = write.create_cycle(&plan.cycle(instrument)).await?;
            let instrument = write.lock_instrument(&cycle.instrument).await?;
            let regions = write.first_regions(region_count).await?;
            let results: Vec<_> =
                regions.iter().map(|region| plan.result(region, &instrument)).collect();
            write.fill_simulated(&cycle, &instrument, &results).await?;
            let cycle = tag(convert::cycle(cycle));
            changed(&mut write, None, Some(&cycle));
            Ok((write, cycle))
        })
        .await
    }
}

fn parse(request: v1::SimulateCycleRequest) -> Result<(Plan, i32, InstrumentId), Faults> {
    let v1::SimulateCycleRequest { seed, position, region_count, instrument, request_id: _ } =
        request;
    let mut faults = Faults::none();
    let plan = faults.merge(Plan::parse(seed, position));
    let instrument = faults.keep("instrument", name::instrument(&instrument));
    let is_allowed = (1..=REGIONS_MAX).contains(&region_count);
    let region_count = is_allowed
        .then_some(region_count)
        .ok_or_else(|| Fault::new(region_count, format!("1 to {REGIONS_MAX}")));
    let region_count = faults.keep("region_count", region_count);
    let parts = plan.zip(region_count).zip(instrument);
    faults.into_result(parts.map(|((plan, count), instrument)| (plan, count, instrument)))
}
