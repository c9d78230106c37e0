"""Trains the denoiser on simulated images and saves its weights.

    python train.py --output weights.pt                                   under an hour on two CPU cores
    python train.py --output weights.pt --device cuda --steps 18000 --batch 32

The loss is the mean over images of log(mean squared error), which is the mean PSNR: so a bright image with little noise and a dark one with much
count alike. The squared error makes the network estimate the mean, so intensities are preserved at the lowest photon counts too.
"""

import argparse
import time

import torch

from network import Denoiser, parameter_count
from noise import record
from scenes import make_scenes


def main():
    options = parse()
    torch.manual_seed(SEED)
    generator = torch.Generator(options.device).manual_seed(SEED)
    network = Denoiser().to(options.device)
    average = torch.optim.swa_utils.AveragedModel(network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998))
    optimiser = torch.optim.Adam(network.parameters(), lr=options.rate)
    warm_up = min(500, options.steps // 10)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, options.rate, total_steps=options.steps, pct_start=warm_up / options.steps)
    print(f"{parameter_count(network)} parameters, {options.steps} steps of {options.batch} images on {options.device}", flush=True)

    start, total = time.time(), torch.zeros((), device=options.device)
    for step in range(1, options.steps + 1):
        noisy, truth = pairs(options.batch, generator)
        loss = error(network(noisy), truth)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        average.update_parameters(network)
        total += loss.detach()
        if step % REPORT == 0 or step == options.steps:
            rate = step / (time.time() - start)
            print(f"step {step}  loss {total.item() / REPORT:.4f}  {rate:.2f} steps/s", flush=True)
            total.zero_()

    print(f"validation {validate(average.module, options.device):.4f}, {time.time() - start:.0f} s", flush=True)
    torch.save(average.module.cpu().state_dict(), options.output)


def pairs(batch, generator):
    """Noisy images and truths, scaled so that each noisy image has mean 0 and deviation 1 (the network's answer does not depend on it)."""
    with torch.no_grad():
        noisy, truth = record(make_scenes(batch, PATCH, generator), generator)
        mean = noisy.mean((-2, -1), keepdim=True)
        deviation = noisy.std((-2, -1), keepdim=True).clamp_min(1e-6)
        return (noisy - mean) / deviation, (truth - mean) / deviation


def error(result, truth):
    return torch.log(((result - truth) ** 2).mean((1, 2, 3)) + 1e-5).mean()


@torch.no_grad()
def validate(network, device):
    """The loss on 256 images that training never draws."""
    generator = torch.Generator(device).manual_seed(SEED + 1)
    losses = [error(network(noisy), truth) for noisy, truth in (pairs(16, generator) for _ in range(16))]
    return torch.stack(losses).mean().item()


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", required=True)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=2e-3)
    return parser.parse_args()


SEED = 20251
PATCH = 192
REPORT = 100

if __name__ == "__main__":
    main()
