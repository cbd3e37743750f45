"""Least squares by gradient descent: parameters in a dict, gradients in the same dict."""

import numpy

import lazynp as np


def model(parameters, x):
    return parameters["height"] * np.exp(-((x - parameters["center"]) ** 2)) + parameters["base"]


def main(n_steps=400, rate=0.2):
    x = numpy.linspace(-3, 3, 200)
    noise = numpy.random.default_rng(0).normal(scale=0.02, size=x.size)
    measured = np.array(1.7 * numpy.exp(-((x - 0.4) ** 2)) + 0.3 + noise)
    x = np.array(x)

    step = np.value_and_grad(lambda p: ((model(p, x) - measured) ** 2).mean())
    parameters = {name: np.array(1.0) for name in ("height", "center", "base")}
    for _ in range(n_steps):
        loss, gradient = step(parameters)
        parameters = {name: p - rate * gradient[name] for name, p in parameters.items()}
    print(f"mean squared error {float(loss):.6f}")
    print({name: round(float(p), 2) for name, p in parameters.items()})


if __name__ == "__main__":
    main()
