//! The step that takes the camera's offset and gain out of the samples.

use serde_json::{Map, Value};

use crate::codes::SensorMap;
use crate::error::Result;
use crate::params::{CAMERA_RESULT, CameraResult};
use crate::plan::objects::{Arguments, Role};
use crate::plan::step::{Grid, Group, Kind, Outcomes, Place, Stage, Step, outcomes};
use crate::runtime::{Limits, Watch, Workers};
use crate::sensor::{Camera, Corrected, Given, PixelMap};

pub const KIND: Kind = Kind {
    takes: &[Role::Map(SensorMap::Offset), Role::Map(SensorMap::Gain), Role::Map(SensorMap::Variance)],
    make: |arguments| Box::new(CameraStep { arguments }),
};

struct CameraStep {
    arguments: Arguments,
}

impl CameraStep {
    /// The maps, which must be of the images' extents.
    fn given(&self, grid: &Grid) -> Result<Given<'_>> {
        let map = |what| self.arguments.map(what).map(|map| map.of_image(grid.volume())).transpose();
        Ok(Given { offset: map(SensorMap::Offset)?, gain: map(SensorMap::Gain)?, variance: map(SensorMap::Variance)? })
    }

    fn camera(&self, grid: &Grid) -> Result<Camera> {
        Camera::new(grid.volume(), self.given(grid)?, &grid.camera, self.arguments.settings.choice(CAMERA_RESULT))
    }
}

impl Step for CameraStep {
    fn output(&self, input: Grid, _: Limits<'_>) -> Result<Grid> {
        let Camera { stated, extra, .. } = self.camera(&input)?;
        Ok(Grid { camera: stated, extra, ..input })
    }

    fn bytes(&self, place: &Place<'_>, _: Option<u64>) -> Result<u64> {
        Ok(Camera::bytes(place.grid.volume(), self.given(&place.grid)?))
    }

    fn describe(&self) -> Result<Map<String, Value>> {
        let result = self.arguments.settings.choice::<CameraResult>(CAMERA_RESULT);
        let maps = self.arguments.objects().iter().filter_map(|object| match object.role() {
            Role::Map(map) => Some(Value::from(map.name())),
            _ => None,
        });
        let dead = self.arguments.map(SensorMap::Gain).map_or(0, PixelMap::zeros);
        Ok(Map::from_iter([
            ("result".into(), result.name().into()),
            ("maps".into(), maps.collect()),
            ("dead_pixels".into(), dead.into()),
        ]))
    }

    fn build(self: Box<Self>, place: &Place<'_>, _: Option<u64>, _: &mut Watch<'_>) -> Result<Box<dyn Stage>> {
        Ok(Box::new(CameraStage { camera: self.camera(&place.grid)?, outcomes: outcomes(place.images)? }))
    }
}

struct CameraStage {
    camera: Camera,
    outcomes: Vec<Corrected>,
}

impl Stage for CameraStage {
    fn knows_gaps(&self) -> bool {
        true
    }

    fn execute(&mut self, group: &mut Group<'_>, workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        for channel in group.channels() {
            self.outcomes.push(self.camera.execute(channel, workers, watch)?);
        }
        Ok(())
    }

    fn outcomes(&mut self) -> &mut dyn Outcomes {
        &mut self.outcomes
    }
}
