//! Images as they are: where a network takes an image of any size, nothing is added to reach a multiple of its stride.

use super::description::{AxisKind, Size};
use super::geometry::Geometry;
use super::measure::{HALO, SPATIAL, size};
use super::model::Model;
use super::tiles::{Rule, Sizes};
use crate::params::{self, Extent, Settings};

/// A geometry for an image of these extents (z, y, x) as it is, where the network takes it: without samples added to
/// reach a multiple of the stride. Tiles then have extents that leave the same remainder.
pub fn fitted(model: &Model, geometry: Geometry, image: [usize; 3], settings: &Settings) -> Geometry {
    let whole = |at: usize| {
        let rule = &geometry.rules[at];
        let full = settings.choice::<Extent>(params::MODEL_EXTENT) == Extent::Full;
        let wanted = image[at] + if full { (rule.deficit.max(0) as f64 / rule.scale).ceil() as usize } else { 0 };
        let stated = [AxisKind::Z, AxisKind::Y, AxisKind::X].map(|kind| size(&geometry, kind));
        let fits = match stated[at] {
            None => true,
            Some(Size::Fixed(_)) => false,
            Some(Size::Steps { minimum, step }) => wanted >= *minimum && (wanted - minimum).is_multiple_of(*step),
            Some(_) => true,
        };
        if *rule == Rule::absent() {
            1
        } else if fits && settings.i64(params::MODEL_MULTIPLE_PX) == 0 {
            wanted
        } else {
            rule.sizes.at_least(wanted)
        }
    };
    let extents = [0, 1, 2].map(whole);
    let aligned = |at: usize| geometry.rules[at].sizes.at_least(extents[at]) == extents[at];
    let padded = model.findings().is_padded(&geometry.key());
    if padded || !geometry.unknown.is_empty() || (0..3).all(aligned) {
        return geometry;
    }
    let full = settings.choice::<Extent>(params::MODEL_EXTENT) == Extent::Full;
    as_it_is(model, &geometry, extents, full).unwrap_or(geometry)
}

/// The geometry with the rules of images of these extents; `None` where the network does not take them, or treats them
/// by other rules than those that are larger by multiples of the stride.
fn as_it_is(model: &Model, geometry: &Geometry, extents: [usize; 3], full: bool) -> Option<Geometry> {
    let channels = geometry.channels.unwrap_or(1);
    let larger = [0, 1, 2].map(|at| match geometry.rules[at].sizes {
        Sizes::Steps { step, .. } if geometry.rules[at] != Rule::absent() => extents[at] + 4 * step,
        _ => extents[at],
    });
    let found = geometry.follow(model, 1, channels, extents).ok()?;
    let more = geometry.follow(model, 1, channels, larger).ok()?;
    let mut fitted = geometry.clone();
    if let Some(name) = found.differs_at(&more).filter(|_| geometry.exact()) {
        // Of this size it counts places by the size; that of a multiple of the stride it does not.
        fitted.global.push(name.to_owned());
        for rule in fitted.rules.iter_mut().filter(|rule| **rule != Rule::absent()) {
            let least = (HALO / 2.0 * rule.scale).ceil() as usize;
            (rule.lead, rule.trail, rule.exact) = (rule.lead.max(least), rule.trail.max(least), false);
        }
    }
    let output = geometry.given[0];
    for kind in SPATIAL {
        let Some(at) = kind.spatial().filter(|&at| geometry.rules[at] != Rule::absent()) else { continue };
        let rule = &mut fitted.rules[at];
        let Sizes::Steps { minimum, step } = rule.sizes else { continue };
        let place = geometry.outputs[output].position(kind)?;
        let made = *found.shape(output)?.get(place)?;
        rule.deficit = (extents[at] as f64 * rule.scale + 1e-6).floor() as i64 - made as i64;
        if let Some(place) = found.place(output, place).filter(|_| rule.exact) {
            (rule.lead, rule.trail) = (place.lead, place.trail);
        }
        let over = extents[at].saturating_sub(minimum) / step * step;
        rule.sizes = Sizes::Steps { minimum: extents[at] - over, step };
        // Where the result is to be as large as the image, it is not cut off.
        if full && rule.deficit > geometry.rules[at].deficit.max(0) {
            return None;
        }
        let changed = (rule.deficit - geometry.rules[at].deficit).unsigned_abs() as f64;
        if made == 0 || changed > step as f64 * rule.scale.max(1.0) + 1.0 {
            return None;
        }
    }
    Some(fitted)
}
