"""A small network with hand-written gradients on two spirals; Adam, dropout, gradient check."""

import numpy as np


def spirals(n, rng):
    theta = np.sqrt(rng.random(n)) * 3 * np.pi
    r = theta / (3 * np.pi)
    a = np.c_[r * np.cos(theta), r * np.sin(theta)] + rng.normal(0, 0.02, (n, 2))
    X = np.r_[a, -a].astype(np.float32)
    y = np.hstack([np.zeros(n), np.ones(n)]).astype(np.int64)
    return X, y


class Dense:
    def __init__(self, n_in, n_out, rng):
        scale = np.sqrt(2 / n_in)
        self.W = (rng.standard_normal((n_in, n_out)) * scale).astype(np.float32)
        self.b = np.zeros(n_out, dtype=np.float32)

    def forward(self, x, train):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.dW, self.db = self.x.T @ grad, grad.sum(axis=0)
        return grad @ self.W.T

    def parameters(self):
        return [("W", self), ("b", self)]


class Relu:
    def forward(self, x, train):
        self.mask = x > 0
        return np.where(self.mask, x, np.float32(0.01) * x)

    def backward(self, grad):
        return grad * np.where(self.mask, np.float32(1), np.float32(0.01))

    def parameters(self):
        return []


class Network:
    def __init__(self, *layers):
        self.layers = layers
        self.t = 0
        self.moments = {}

    def forward(self, x, train=False):
        for layer in self.layers:
            x = layer.forward(x, train)
        return x

    def loss(self, x, y, train=True):
        logits = self.forward(x, train)
        shifted = logits - logits.max(axis=1, keepdims=True)
        logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        value = -logp[np.arange(len(y)), y].mean()
        if train:
            grad = np.exp(logp)
            grad[np.arange(len(y)), y] -= 1
            grad /= len(y)
            for layer in reversed(self.layers):
                grad = layer.backward(grad)
        return value

    def adam(self, lr=0.01, b1=0.9, b2=0.999):
        self.t += 1
        for k, (name, layer) in enumerate(p for lay in self.layers for p in lay.parameters()):
            g = getattr(layer, "d" + name)
            m, v = self.moments.setdefault(k, (np.zeros_like(g), np.zeros_like(g)))
            m *= b1
            m += (1 - b1) * g
            v *= b2
            v += (1 - b2) * g**2
            step = lr * (m / (1 - b1**self.t)) / (np.sqrt(v / (1 - b2**self.t)) + 1e-8)
            setattr(layer, name, getattr(layer, name) - step)


rng = np.random.default_rng(0)
X, y = spirals(150, rng)
net = Network(Dense(2, 24, rng), Relu(), Dense(24, 24, rng), Relu(), Dense(24, 2, rng))

# gradient check of a few weights, in double precision
first = net.layers[0]
saved = first.W
first.W = saved.astype(np.float64)
net.loss(X, y)
analytic = first.dW[:, :3].copy()
numeric = np.zeros_like(analytic)
for i, j in np.ndindex(*numeric.shape):
    for sign in (1, -1):
        first.W[i, j] += sign * 1e-5
        numeric[i, j] += sign * net.loss(X, y, train=False) / 2e-5
        first.W[i, j] -= sign * 1e-5
print("gradient check:", np.abs(analytic - numeric).max() < 1e-3, first.W.dtype)
first.W = saved

history = []
for epoch in range(40):
    order = rng.permutation(len(X))
    for batch in np.array_split(order, 6):
        loss = net.loss(X[batch], y[batch])
        net.adam()
    if epoch % 10 == 9:
        prediction = net.forward(X).argmax(axis=1)
        history.append((epoch + 1, loss, (prediction == y).mean()))
        print("epoch %d loss %.5f accuracy %.4f" % history[-1])
print(loss.dtype, net.layers[0].W.dtype)
confusion = np.zeros((2, 2), int)
for t, p in zip(y, prediction):
    confusion[t, p] += 1
print(confusion)
grid = np.stack(np.meshgrid(np.linspace(-1, 1, 30), np.linspace(1, -1, 12)), axis=-1).astype(
    np.float32
)
picture = net.forward(grid.reshape(-1, 2)).argmax(axis=1).reshape(12, 30)
print("\n".join("".join(".#"[v] for v in row) for row in picture))
norms = [float(np.linalg.norm(layer.W)) for layer in net.layers if hasattr(layer, "W")]
print(norms)
