"""The digits demo's data and model: scikit-learn's 1,797 handwritten digits of 8×8 pixels. Plain PyTorch: nothing private here."""

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

HELD_OUT = 360


class Network(nn.Module):
    """Two convolutions with batch norm, max pooling, one linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(),
            nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(),
            nn.MaxPool2d(2),
        )  # fmt: skip
        self.classifier = nn.Linear(32 * 4 * 4, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(self.features(x).flatten(1))


def _split() -> list[torch.Tensor]:
    data = load_digits()
    images = torch.tensor(data.images, dtype=torch.float32).unsqueeze(1) / 16
    return train_test_split(images, torch.tensor(data.target), test_size=HELD_OUT, random_state=0, stratify=data.target)


def training_part() -> tuple[torch.Tensor, torch.Tensor]:
    """Organisation A's 1,437 images and labels."""
    images, _, labels, _ = _split()
    return images, labels


def held_out_part() -> tuple[torch.Tensor, torch.Tensor]:
    """Organisation B's 360 images, and their labels to judge the result by."""
    _, images, _, labels = _split()
    return images, labels


def train(epochs: int = 20) -> Network:
    """Organisation A trains in the clear, on its own data."""
    torch.manual_seed(0)
    model, (images, labels) = Network(), training_part()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(epochs):
        for batch in torch.randperm(len(images)).split(64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
            optimizer.step()
    return model.eval()
