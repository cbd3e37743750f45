"""Option prices and their sensitivities: one fused pass for the price, gradients for the greeks."""

import numpy
from scipy.special import erf

import lazynp as np


def normal_cdf(x):
    return 0.5 * (1 + erf(x / 2**0.5))


def call_price(spot, strike, years, rate, volatility):
    """Black and Scholes (1973)."""
    spread = volatility * np.sqrt(years)
    d1 = (np.log(spot / strike) + (rate + 0.5 * volatility**2) * years) / spread
    d2 = d1 - spread
    return spot * normal_cdf(d1) - strike * np.exp(-rate * years) * normal_cdf(d2)


def main(n=100_000):
    rng = numpy.random.default_rng(0)
    spot = np.array(rng.uniform(80, 120, n))
    strike, years = np.array(rng.uniform(90, 110, n)), np.array(rng.uniform(0.1, 2, n))
    volatility = np.array(rng.uniform(0.1, 0.5, n))

    price = call_price(spot, strike, years, 0.03, volatility)
    print(np.explain(price))
    print(f"mean price {float(price.mean()):.4f}")

    greeks = np.grad(lambda s, v: call_price(s, strike, years, 0.03, v).sum(), argnums=(0, 1))
    delta, vega = greeks(spot, volatility)
    print(f"mean delta {float(delta.mean()):.4f}, mean vega {float(vega.mean()):.4f}")


if __name__ == "__main__":
    main()
