"""torch: tensors over our memory and arrays over theirs, by every door."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from swapped import library, numpys, same_as_numpy

torch = library(
    "torch", "no wheel for CPUs was found by pip; PyPI's needs CUDA's libraries (3 GB) to load"
)


@pytest.mark.parametrize("dtype", ["f8", "f4", "f2", "i8", "i4", "u1", "?", "c16"])
@same_as_numpy()
def test_tensors(np: Any, dtype: str) -> Any:
    values = (np.arange(12).reshape(3, 4) * 2).astype(dtype)
    tensors = [
        torch.tensor(values),
        torch.as_tensor(values.T),
        torch.from_dlpack(values),
        torch.from_numpy(numpys(values)),
        torch.asarray(numpys(values)),
    ]
    return [(str(t.dtype), tuple(t.shape), t.stride(), t.numpy()) for t in tensors]


def test_some_of_its_code_takes_numpys_arrays_only() -> None:
    """torch.asarray reads the bytes of whatever has a buffer and is no array of NumPy's."""
    import lazynp as np

    values = np.sin(np.arange(12.0)).reshape(3, 4)
    with pytest.raises(TypeError, match=r"expected np\.ndarray"):
        torch.from_numpy(values)
    as_bytes = torch.asarray(memoryview(numpy.array(values)))
    assert torch.equal(torch.asarray(values).view(torch.int32), as_bytes.view(torch.int32))


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't:DeprecationWarning")  # torch's
@same_as_numpy()
def test_arrays_over_tensors(np: Any) -> Any:
    tensor = torch.arange(6, dtype=torch.float64).reshape(2, 3) / 2
    array, copied, exchanged = np.asarray(tensor), np.array(tensor), np.from_dlpack(tensor)
    tensor[0, 0] = 9
    array[1, 1] = 7
    return array * 2, copied + 1, exchanged.sum(), tensor[1, 1].item(), np.sin(array)


@same_as_numpy()
def test_memory_is_one(np: Any) -> Any:
    values = np.zeros(5) + 1
    tensor = torch.from_dlpack(values)
    doubled = values * 2
    tensor[0] = 5
    values[1] = 7
    after = values + 0
    tensor += 1
    return doubled, after, values, tensor.numpy()


@same_as_numpy()
def test_training(np: Any) -> Any:
    torch.manual_seed(0)
    x = np.linspace(-1, 1, 32).reshape(-1, 1).astype(np.float32)
    y = np.sin(3 * x)
    model = torch.nn.Linear(1, 1)
    steps = torch.optim.SGD(model.parameters(), 0.1)
    losses = []
    for _ in range(5):
        steps.zero_grad()
        loss = ((model(torch.from_dlpack(x)) - torch.from_dlpack(y)) ** 2).mean()
        loss.backward()
        steps.step()
        losses.append(loss.item())
    weights = np.array([p.detach().numpy().ravel() for p in model.parameters()])
    return np.diff(np.array(losses)), weights.sum(axis=0), np.asarray(model(torch.ones(1, 1)).data)


@same_as_numpy()
def test_operators(np: Any) -> Any:
    values, tensor = np.arange(3.0) + 1, torch.arange(3.0, dtype=torch.float64)
    results = [tensor * values.sum().item(), values + tensor.numpy(), np.exp(tensor.numpy())]
    return [np.asarray(result) for result in results]


@pytest.mark.filterwarnings("ignore:__array_wrap__ must accept:DeprecationWarning")  # torch's
@pytest.mark.parametrize("operation", ["values + tensor", "tensor + values", "values * tensor"])
def test_mixed_operators_are_those_of_numpy(operation: str) -> None:
    import lazynp

    outcomes = []
    for np in (numpy, lazynp):
        names = {"values": np.arange(3.0) + 1, "tensor": torch.ones(3, dtype=torch.float64)}
        try:
            result = eval(operation, names)
            kind = "array" if isinstance(result, (numpy.ndarray, lazynp.ndarray)) else "tensor"
            outcomes.append((kind, numpy.asarray(result).tolist()))
        except TypeError:
            outcomes.append(("TypeError", []))
    assert outcomes[0] == outcomes[1]
